"""Histories read alike by the reference and DuckDB, at the edges of their moments; on Spark in ``test_agree``."""

from catalogs import feature
from companies import (
    EVERY_MEASURE,
    NOW,
    Company,
    agree,
    by_reference,
    company_at_edges,
    duck,
    moments_of,
    quick,
    table,
    tables_of,
    values_of,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from features.catalog import Source
from features.moments import DAY, iso
from features.reference import Reader
from features.tables import Event, Lead, ProfileVersion

heard = st.sampled_from([None, NOW - DAY, NOW - 1, NOW, NOW + 1])
repeats = st.builds(
    lambda age, path, known: Event("visit", NOW - age, {"path": path, "n": 1}, "e1", known),
    st.sampled_from([DAY, DAY + 1]), st.sampled_from(["/a", "/b", "/c"]), heard,
)  # fmt: skip


@settings(quick, max_examples=25)
@given(st.lists(st.lists(repeats, min_size=2, max_size=6), min_size=1, max_size=3))
def test_of_repeats_known_at_different_times_the_same_counts_on_duckdb(sent: list[list[Event]]) -> None:
    told_apart = [f for f in EVERY_MEASURE if f.source.measure in ("count", "last", "days_since_last", "sessions")]
    agree(duck, told_apart[:6], company_at_edges(sent))


def test_sessions_are_those_known_at_each_moment() -> None:
    """An event 20 minutes from two others, known only after the first moment, makes one session of two."""
    sessions = feature("sessions", "number", Source(event="visit", measure="sessions", gap_minutes=30.0))
    minutes = DAY // 1440
    sent = [Event("visit", NOW - 60 * minutes), Event("visit", NOW - 40 * minutes, known_from=NOW + 1),
            Event("visit", NOW - 20 * minutes)]  # fmt: skip
    company = company_at_edges([sent])._replace(moments=[("L0", NOW), ("L0", NOW + 1)])
    assert by_reference([sessions], company) == [[2], [1]]
    agree(duck, [sessions], company)


WHO = [
    feature("title", "text", Source(field="title")),
    feature("staff", "number", Source(field="staff", delay_days=2.0)),
    feature("colleagues", "number", Source(lead="colleagues")),
    feature("visits", "number", Source(event="visit", over="account")),
]
edges = st.sampled_from([NOW - 2 * DAY, NOW]).flatmap(lambda at: st.sampled_from([at - 1, at, at + 1]))
people = st.builds(
    lambda since, joined, created: Lead(
        "",
        versions=tuple(
            ProfileVersion(at, {"title": f"t{i}", "email": "a@acme.example", "staff": str(i)})
            for i, at in enumerate(since)
        ),
        events=(Event("visit", NOW - 3 * DAY),),
        created_at=created,
        account_from=joined,
    ),
    st.lists(edges, min_size=1, max_size=4, unique=True), st.one_of(st.none(), edges), edges,
)  # fmt: skip


@settings(quick, max_examples=30)
@given(st.lists(people, min_size=1, max_size=4))
def test_who_a_lead_was_at_the_edges_is_the_same_on_duckdb(drawn: list[Lead]) -> None:
    leads = [replace(lead, lead_id=f"L{i}") for i, lead in enumerate(drawn)]
    agree(duck, WHO, Company(leads, [(lead.lead_id, NOW) for lead in leads], [0]))


OF_ACCOUNT = [
    feature("colleagues", "number", Source(lead="colleagues")),
    feature("visits", "number", Source(event="visit", over="account")),
    feature("visitors", "number", Source(event="visit", over="account", measure="leads")),
]
NOBODY = dict.fromkeys(("title", "email", "staff"))
stays = st.lists(st.tuples(st.sampled_from("Aa"), edges), max_size=3, unique_by=lambda stay: stay[1])


@settings(quick, max_examples=30)
@given(st.lists(st.tuples(stays, edges, edges), min_size=1, max_size=5))
def test_leads_that_change_their_account_are_colleagues_while_they_do_on_duckdb(
    drawn: list[tuple[list[tuple[str, int]], int, int]],
) -> None:
    """Each is of an account until it comes to the next; of the first one it always was."""
    leads = [
        Lead(f"L{i}", NOBODY, (Event("visit", NOW - 3 * DAY, known_from=heard),), created)
        for i, (_, created, heard) in enumerate(drawn)
    ]
    rows = []
    for lead, (stays_, *_) in zip(leads, drawn, strict=True):
        told = sorted(stays_, key=lambda stay: stay[1])
        for n, (account, since) in enumerate(told):
            until = told[n + 1][1] if n + 1 < len(told) else None
            rows.append((lead.lead_id, account, since if n else None, until))

    def account_of_(lead_id: str, as_of: int) -> str | None:
        stay = (a for i, a, since, until in rows
                if i == lead_id and (since or 0) <= as_of and (until is None or until > as_of))  # fmt: skip
        return next(stay, None)

    moments = [(lead.lead_id, NOW) for lead in leads]
    company = Company(leads, moments, [0])
    accounts = table(
        [{"lead_id": i, "account": a, "since": s and iso(s), "until": u and iso(u)} for i, a, s, u in rows],
        "lead_id account since until",
    )
    got = values_of(duck(OF_ACCOUNT, tables_of(company)._replace(accounts=accounts), moments_of(company)))
    reader = Reader(OF_ACCOUNT)
    for lead, row in zip(leads, got, strict=True):
        mine = account_of_(lead.lead_id, NOW)
        others = [o for o in leads if o is not lead and mine is not None and account_of_(o.lead_id, NOW) == mine]
        assert row == reader.read(replace(lead, colleagues=tuple(others)), NOW)

"""What the list asks of a store, on either database."""

import pytest
from histories import put_lead
from sqlalchemy import Connection, update

from serving.desk.asked import asked
from serving.desk.choices import people
from serving.desk.found import found
from serving.desk.listed import COUNTED, listed
from serving.leads.listing import Filters
from serving.programs.service import InService
from serving.store.database import Store
from serving.store.schema import identities, leads
from serving.words.words import words_of

ENGLISH = words_of("en")


@pytest.fixture
def known(store: Store) -> Store:
    """Two leads of one company, and one of a free mailbox, whom callers know as U-3."""

    def work(connection: Connection) -> None:
        for i, domain in ((1, "acme.example"), (2, "acme.example"), (3, "gmail.com")):
            put_lead(connection, f"L-{i}", score=float(i))
            mine = update(leads).where(leads.c.lead_id == f"L-{i}")
            connection.execute(mine.values(email=f"kim{i}@{domain}", domain=domain, moment=i))
        connection.execute(identities.insert().values(kind="user", id="U-3", lead_id="L-3", since=0))

    store.write(work)
    return store


@pytest.mark.parametrize(
    ("query", "leads_found"),
    [
        ("L-1", ["L-1"]),
        ("KIM1@ACME.example", ["L-1"]),
        ("acme.example", ["L-2", "L-1"]),  # seen last first
        ("U-3", ["L-3"]),
        ("gmail.com", []),
        ("kim", []),
        ("' OR 1=1 --", []),
    ],
)
def test_leads_are_found_by_what_they_are_known_by(known: Store, query: str, leads_found: list[str]) -> None:
    assert [s.lead_id for s in known.read(lambda c: found(c, "leads", query))] == leads_found


def test_leads_of_another_program_are_not_found(known: Store) -> None:
    assert known.read(lambda c: found(c, "customers", "L-1")) == []


def test_everybody_who_has_leads_is_named_once(store: Store) -> None:
    for i, name in enumerate(("Lee", "Kim", "Kim", "", "Øyvind")):
        store.write(lambda c, i=i, n=name: put_lead(c, f"L-{i}", assigned_to=n))
    assert sorted(store.read(lambda c: people(c, "leads"))) == ["Kim", "Lee", "Øyvind"]
    assert len(store.read(lambda c: people(c, "leads", most=2))) == 2


def test_leads_are_counted_up_to_a_limit(known: Store, leads: InService) -> None:
    told = known.read(lambda c: listed(c, leads, Filters(), "", ENGLISH))
    assert (told.fit, told.more) == (3, False)
    assert told.fit < COUNTED


def test_a_lead_without_any_profile_has_its_id_for_a_name(known: Store, leads: InService) -> None:
    told = known.read(lambda c: listed(c, leads, Filters(), "", ENGLISH))
    assert [row.who.name for row in told.rows] == ["L-3", "L-2", "L-1"]


def test_what_no_filter_can_have_is_not_asked() -> None:
    assert asked({"sla": "soon", "disagreement": "x", "closed": "yes", "stage": " MQL "}).given == {"stage": "MQL"}

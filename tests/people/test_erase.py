"""Erasing somebody leaves no trace of them, and everything of everybody else."""

from pathlib import Path

import orjson
import pytest
from brought import bring
from desk import Desk
from kim import KIM, LEE
from races import meanwhile
from sqlalchemy import func, select, text
from traces import traces

from features.moments import DAY
from serving.access.caller import SYSTEM
from serving.intake.identity import hashed
from serving.intake.messages import Alias, Who
from serving.leads.errors import NoSuchLead
from serving.leads.gone import ERASED
from serving.leads.replay import replay
from serving.people import held
from serving.people.erase import Erased, erase
from serving.people.finding import people
from serving.store.schema import (
    accounts,
    audit,
    events,
    feedback,
    imports,
    leads,
    metadata,
    profile_versions,
    scores,
    stage_changes,
    webhook_deliveries,
    webhook_messages,
)

TRACES = (KIM, "kim.berg@acme.example", "device-of-kim", "chess", "is rude")


def erased(desk: Desk, lead_id: str = KIM) -> Erased:
    return desk.store.write(lambda c: erase(c, SYSTEM, lead_id, desk.now))


def counted(desk: Desk, table: object) -> int:
    return desk.store.read(lambda c: c.execute(select(func.count()).select_from(table)).scalar_one())


def test_every_table_with_a_lead_in_it_is_in_the_list_of_what_is_held() -> None:
    with_lead = {table.name for table in metadata.tables.values() if "lead_id" in table.columns}
    assert {table.name for table in held.TABLES} == with_lead


def test_there_is_a_trace_in_every_table_before(desk: Desk) -> None:
    found = {table for table, _, _ in traces(desk, *TRACES)}
    assert {table.name for table in held.TABLES} | {"audit", "imports"} == found


def test_no_table_holds_a_trace_afterwards(desk: Desk) -> None:
    erased(desk)
    assert traces(desk, *TRACES) == []


def test_no_byte_of_the_file_holds_a_trace_afterwards(desk: Desk) -> None:
    path = Path(desk.store.url.database or "") if desk.store.is_sqlite else None
    if path is None:
        pytest.skip("PostgreSQL's files are vacuumed by the server")
    assert all(trace.encode() in everything(path).lower() for trace in TRACES)
    erased(desk)
    assert desk.store.settle(rewrite=True)
    assert [trace for trace in TRACES if trace.encode() in everything(path).lower()] == []


def everything(path: Path) -> bytes:
    """The database with its logs."""
    return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


def test_deleted_bytes_are_overwritten_as_they_are_deleted(desk: Desk) -> None:
    if not desk.store.is_sqlite:
        pytest.skip("a setting of SQLite")
    assert desk.store.read(lambda c: c.execute(text("PRAGMA secure_delete")).scalar_one()) == 1


def test_the_rows_of_a_colleague_stay_to_the_last_one(desk: Desk) -> None:
    def of_lee() -> dict[str, list[dict[str, object]]]:
        return {t.name: [r for r in desk.rows(t) if r["lead_id"] == LEE] for t in held.TABLES}

    before = of_lee()
    erased(desk)
    assert of_lee() == before
    assert all(before[table.name] for table in (leads, scores, webhook_messages))


def test_it_says_how_many_rows_of_each_table_are_gone(desk: Desk) -> None:
    tables = (events, scores, stage_changes, feedback, webhook_messages, webhook_deliveries, profile_versions, leads)
    before = {table.name: counted(desk, table) for table in tables}
    gone = erased(desk).rows
    assert {name: gone[name] for name in before} == {t.name: before[t.name] - counted(desk, t) for t in tables}
    assert all(gone[table.name] for table in tables)
    assert gone["imports"] == 1


def test_other_refused_rows_stay_in_the_report(desk: Desk) -> None:
    erased(desk)
    (row,) = desk.rows(imports)
    assert [refused["about"] for refused in orjson.loads(row["report"])] == ["other"]


def test_the_audit_keeps_that_it_happened_under_a_hash(desk: Desk) -> None:
    known_as = erased(desk).known_as
    acts = [(row["act"], row["about"]) for row in desk.rows(audit)]
    assert known_as == hashed(KIM)
    assert acts == [("lead.recycle", known_as), ("person.erased", known_as)]


@pytest.mark.parametrize("how", ["track", "anonymous", "identify", "leads", "events"])
def test_what_still_comes_of_them_is_not_stored(desk: Desk, how: str) -> None:
    erased(desk)
    told = {
        "lead_id": KIM,
        "created_at": "2026-01-01",
        "email": "kim.berg@acme.example",
        "at": "2026-01-02",
        "type": "x",
    }
    if how == "track":
        assert "was erased" in desk.track(KIM, "page_view").kept[0].note
    elif how == "anonymous":
        desk.track(None, "page_view", anonymous="device-of-kim")
    elif how == "identify":
        desk.identify(KIM, email="kim.berg@acme.example")
    else:
        assert bring(desk, how, [told], create=True).totals.refused == 1  # type: ignore[arg-type]
    assert traces(desk, *TRACES) == []


def test_somebody_else_at_the_device_of_who_was_erased_is_kept_without_it(desk: Desk) -> None:
    desk.identify("lee-2", anonymous="device-of-lee-2")
    erased(desk)
    for user in ("lee-2", "newcomer"):
        (kept,) = desk.track(user, "page_view", anonymous="device-of-kim").kept
        assert (kept.lead_id, "was erased" in kept.note) == (user, True)
    desk.identify("lee-2", anonymous="device-of-kim", company="Berg")
    assert [row["lead_id"] for row in desk.rows(events)[-2:]] == ["lee-2", "newcomer"]
    assert traces(desk, "device-of-kim") == []


def test_the_device_of_who_was_erased_is_not_stored_as_an_earlier_name_of_somebody_else(desk: Desk) -> None:
    erased(desk)
    (kept,) = desk.send(Alias("m-alias", Who("lee-2", None), "device-of-kim")).kept
    assert (kept.lead_id, "was erased" in kept.note) == ("lee-2", True)
    assert traces(desk, "device-of-kim") == []


def test_somebody_who_is_not_known_cannot_be_erased(desk: Desk) -> None:
    with pytest.raises(NoSuchLead):
        erased(desk, "nobody")


def test_they_can_be_erased_by_any_id_that_callers_use(desk: Desk) -> None:
    desk.track(None, "page_view", anonymous="device-of-ada")
    desk.identify(None, anonymous="device-of-ada", email="ada@acme.example")
    desk.identify("ada-19", anonymous="device-of-ada")
    (ada,) = desk.store.read(lambda c: people(c, "ada-19"))
    assert ada.lead_id == "anonymous:device-of-ada"
    erased(desk, "ada-19")
    assert traces(desk, "ada-19", "device-of-ada", "ada@acme.example") == []


def test_a_company_goes_with_the_last_of_its_leads(desk: Desk) -> None:
    erased(desk)
    assert [row["account"] for row in desk.rows(accounts) if "acme-group" in row["account"]] == ["group:acme-group"]
    erased(desk, LEE)
    assert [row for row in desk.rows(accounts) if "acme" in row["account"]] == []


def test_scores_of_colleagues_that_read_what_is_erased_say_so_instead_of_an_alarm(desk: Desk) -> None:
    score_id = desk.standing(LEE).score_id or 0
    assert desk.store.read(lambda c: replay(c, score_id)).same
    desk.later(DAY)
    erased(desk)
    again = desk.store.read(lambda c: replay(c, score_id))
    assert (again.same, again.because) == (False, ERASED)


def test_scores_after_it_are_the_same_again(desk: Desk) -> None:
    erased(desk)
    desk.later(DAY)
    desk.track(LEE, "email_clicked")
    again = desk.store.read(lambda c: replay(c, desk.standing(LEE).score_id or 0))
    assert (again.same, again.because) == (True, "")


def test_a_message_that_waited_for_the_erasure_is_not_stored(desk: Desk) -> None:
    note = meanwhile(
        desk.store,
        lambda c: erase(c, SYSTEM, KIM, desk.now),
        lambda: desk.track(KIM, "page_view").kept[0].note,
    )
    assert "was erased" in note
    assert traces(desk, *TRACES) == []

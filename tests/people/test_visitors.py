"""A visitor who never became a lead has the same rights; what is held of them is what they did."""

import pytest
from desk import Desk
from kim import KIM
from races import meanwhile
from traces import document, traces

from features.errors import LeadError
from serving.access.caller import SYSTEM
from serving.intake.identity import hashed
from serving.intake.messages import Alias, Message, Track, Who
from serving.leads.errors import NoSuchLead
from serving.people.erase import Erased, erase
from serving.people.finding import people
from serving.store.schema import audit, events

WEB = "web-of-nobody"


@pytest.fixture
def visited(desk: Desk) -> Desk:
    """Kim's desk, where somebody else looked around."""
    desk.track(None, "page_view", anonymous=WEB, path="/their-secret")
    desk.track(None, "page_view", anonymous=WEB, path="/pricing")
    desk.track(None, "page_view", anonymous="another-device")
    return desk


def erased(desk: Desk, anonymous_id: str) -> Erased:
    return desk.store.write(lambda c: erase(c, SYSTEM, None, desk.now, anonymous_id=anonymous_id))


def test_what_a_visitor_did_is_exported_and_nothing_else(visited: Desk) -> None:
    (told,) = document(visited, anonymous_id=WEB)["people"]
    assert (told["lead_id"], told["ids"]) == ("", [WEB])
    assert [event["properties"]["path"] for event in told["events"]] == ["/their-secret", "/pricing"]
    assert {name for name, rows in told.items() if rows} == {"ids", "events"}


def test_no_table_holds_a_trace_of_a_visitor_afterwards(visited: Desk) -> None:
    assert traces(visited, WEB, "their-secret") != []
    rows = erased(visited, WEB).rows
    assert rows["events"] == 2
    assert traces(visited, WEB, "their-secret") == []


def test_everybody_elses_events_stay(visited: Desk) -> None:
    before = [row for row in visited.rows(events) if row["anonymous_id"] != WEB]
    erased(visited, WEB)
    assert visited.rows(events) == before


def test_that_a_visitor_was_erased_is_audited_under_a_hash(visited: Desk) -> None:
    known_as = erased(visited, WEB).known_as
    assert known_as == hashed(WEB)
    assert [row["act"] for row in visited.rows(audit) if row["about"] == known_as] == ["person.erased"]


def test_what_still_comes_of_a_visitor_is_not_stored(visited: Desk) -> None:
    erased(visited, WEB)
    assert "was erased" in visited.track(None, "page_view", anonymous=WEB).kept[0].note
    assert "was erased" in visited.identify(None, anonymous=WEB, hobby="chess").kept[0].note
    assert traces(visited, WEB) == []


@pytest.mark.parametrize("how", ["track", "with a user", "alias"])
def test_what_waited_for_the_erasure_is_not_stored_of_them(visited: Desk, how: str) -> None:
    visited.identify("lee-2")
    sent: dict[str, Message] = {
        "track": Track("m", Who(None, WEB), "page_view", visited.now, "{}"),
        "with a user": Track("m", Who("lee-2", WEB), "page_view", visited.now, "{}"),
        "alias": Alias("m", Who("lee-2", None), WEB),
    }

    (kept,) = meanwhile(
        visited.store,
        lambda c: erase(c, SYSTEM, None, visited.now, anonymous_id=WEB),
        lambda: visited.send(sent[how]).kept,
    )
    assert ("was erased" in kept.note, kept.lead_id) == (True, None if how == "track" else "lee-2")
    assert traces(visited, WEB) == []


def test_the_anonymous_id_of_a_lead_is_the_leads(visited: Desk) -> None:
    (kim,) = visited.store.read(lambda c: people(c, anonymous_id="device-of-kim"))
    assert kim.lead_id == KIM
    erased(visited, "device-of-kim")
    assert traces(visited, KIM, "device-of-kim") == []


def test_a_visitor_who_is_not_known_cannot_be_erased(visited: Desk) -> None:
    with pytest.raises(NoSuchLead):
        erased(visited, "never-here")


@pytest.mark.parametrize("named", [(None, None), (KIM, WEB)])
def test_exactly_one_is_erased(visited: Desk, named: tuple[str | None, str | None]) -> None:
    before = visited.rows(events)
    with pytest.raises(LeadError, match=r"nobody was asked for|two ids"):
        visited.store.write(lambda c: erase(c, SYSTEM, named[0], visited.now, anonymous_id=named[1]))
    assert visited.rows(events) == before

"""Ten thousand messages of one lead, and a company of ten thousand leads: everybody else is served as before."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

import pytest
from asking import SOON, Asking, tracked
from crash.agreement import quick_agreement
from desk import HEAD_OF_IT, START, Desk, programs_of
from killable import Killable
from sqlalchemy import func, select

from features.moments import SECOND
from serving.intake.messages import Track, Who
from serving.leads.due import rescore_due
from serving.leads.later import MANY, MOST_COLLEAGUES, PAUSE
from serving.store.database import Store
from serving.store.many import insert_many
from serving.store.schema import events, scores
from training.scorecard import Scorecard, rules_only


@pytest.fixture
def desk(store: Store, rules_card: Scorecard, tmp_path: Path) -> Desk:
    desk = Desk(store, programs_of(store, tmp_path, leads=rules_card))
    desk.identify("L-1", **HEAD_OF_IT)
    return desk


def did(desk: Desk, lead: str, times: int) -> None:
    """It has done so much already."""
    row = {"lead_id": lead, "anonymous_id": None, "type": "page_view", "properties": '{"path": "/pricing"}'}
    moments = {"at": START, "received_at": START, "known_from": START}
    rows = [row | moments | {"message_id": f"did-{lead}-{n}"} for n in range(times)]
    desk.store.write(lambda c: insert_many(c, events, rows))


def milliseconds_of_an_event(desk: Desk, lead: str) -> float:
    """Of the processor, the median of several."""
    spent = []
    for _ in range(15):
        desk.later(1_000)
        began = time.process_time()
        desk.track(lead, "page_view", path="/pricing")
        spent.append(time.process_time() - began)
    return median(spent) * 1e3


def scored_times(desk: Desk, lead: str) -> int:
    return sum(row["lead_id"] == lead for row in desk.rows(scores))


def test_an_event_of_a_lead_with_very_many_costs_no_more_than_of_any_other(desk: Desk) -> None:
    did(desk, "L-1", 10_000)
    desk.identify("L-2", **HEAD_OF_IT)
    assert milliseconds_of_an_event(desk, "L-1") < 3 * milliseconds_of_an_event(desk, "L-2")


def test_a_lead_with_very_many_is_scored_for_the_first_of_them_and_again_after_a_pause(desk: Desk) -> None:
    did(desk, "L-1", MANY + 1)
    desk.later(PAUSE + SECOND)
    before = scored_times(desk, "L-1")
    for _ in range(5):
        desk.later(SECOND)
        desk.track("L-1", "page_view", path="/pricing")
    assert scored_times(desk, "L-1") == before + 1
    desk.later(PAUSE)
    desk.track("L-1", "page_view", path="/pricing")
    assert scored_times(desk, "L-1") == before + 2


def test_what_waited_is_scored_soon_by_the_job(desk: Desk) -> None:
    did(desk, "L-1", MANY + 1)
    desk.track("L-1", "demo_requested")
    assert desk.standing("L-1").stage == "MQL"
    desk.later(SECOND)
    assert rescore_due(desk.store, desk.programs, desk.now) == 1
    assert desk.standing("L-1").stage == "SAL"
    assert rescore_due(desk.store, desk.programs, desk.now) == 0


def test_an_answer_says_that_its_score_is_of_before(desk: Desk) -> None:
    did(desk, "L-1", MANY + 1)
    (kept,) = desk.track("L-1", "demo_requested").kept
    assert "its score follows soon" in kept.note
    desk.later(PAUSE + SECOND)
    assert desk.track("L-1", "page_view").kept[0].note == ""


def test_a_lead_with_few_events_is_scored_for_each(desk: Desk) -> None:
    did(desk, "L-1", MANY - 10)
    before = scored_times(desk, "L-1")
    for _ in range(5):
        desk.track("L-1", "page_view", path="/pricing")
    assert scored_times(desk, "L-1") == before + 5


def test_what_colleagues_did_is_counted_where_it_is_read(store: Store, tmp_path: Path) -> None:
    desk = Desk(store, programs_of(store, tmp_path, leads=rules_only(quick_agreement())))
    desk.identify("L-1", **HEAD_OF_IT)
    desk.identify("L-2", **HEAD_OF_IT)
    did(desk, "L-2", MANY + 1)
    before = scored_times(desk, "L-1")
    desk.track("L-1", "page_view", path="/team")
    assert scored_times(desk, "L-1") == before
    assert rescore_due(desk.store, desk.programs, desk.now + SECOND) == 1


def test_of_a_large_company_the_others_are_scored_soon(desk: Desk) -> None:
    others = [f"M-{n}" for n in range(MOST_COLLEAGUES + 2)]
    for lead in others:
        desk.group(lead, "acme")
    before = len(desk.rows(scores))
    desk.group("M-0", "acme", industry="software")
    assert len(desk.rows(scores)) == before + 1
    desk.later(SECOND)
    assert rescore_due(desk.store, desk.programs, desk.now) == len(others) - 1
    assert {desk.standing(lead).fit_points for lead in others} == {10.0}


def test_everybody_is_served_while_one_lead_does_ten_thousand_things(
    serve: Callable[..., Killable], asks: Callable[[Killable], Asking], home: Path
) -> None:
    service = serve()
    ask = asks(service)
    ask.identify("L-1")
    store = Store(f"sqlite:///{home / 'store.db'}")
    did(Desk(store, None), "L-1", 9_550)  # type: ignore[arg-type]
    batches = [[tracked("L-1", f"b-{n}-{i}") | {"type": "track"} for i in range(100)] for n in range(3)]
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(ask, "POST", "/v1/batch", {"batch": batch}) for batch in batches]
        asked += [pool.submit(ask.track, "L-1", f"s-{n}") for n in range(150)]
        of_others = [ask.track(f"M-{n}", f"o-{n}") for n in range(20)]
        answers = [future.result() for future in asked]
    assert {answered.status for answered in (*answers, *of_others)} == {200}
    assert median(answered.seconds for answered in of_others) < SOON / 4
    mine = select(func.count()).select_from(events).where(events.c.lead_id == "L-1")
    assert store.read(lambda c: c.execute(mine).scalar_one()) == 9_550 + 3 * 100 + 150
    store.close()


def test_a_batch_of_one_lead_costs_the_same_however_much_it_did_before(desk: Desk) -> None:
    def milliseconds(name: str) -> float:
        desk.later(SECOND)
        batch = [Track(f"{name}-{n}", Who("L-1", None), "page_view", desk.now, "{}") for n in range(100)]
        began = time.process_time()
        desk.send(*batch)
        return time.process_time() - began

    first = min(milliseconds("a"), milliseconds("b"))
    did(desk, "L-1", 10_000)
    assert min(milliseconds("c"), milliseconds("d")) < 2 * first

"""What grows too old is deleted; what is younger, and what still counts, stays."""

import pytest
from desk import HEAD_OF_IT, Desk
from kim import KIM, LEE
from sqlalchemy import Connection, func, select, update

from features.errors import ConfigError
from features.moments import DAY
from serving.jobs.jobs import housekeeping_of
from serving.leads.acts import act
from serving.leads.gone import TOO_OLD
from serving.leads.replay import replay
from serving.people import pruning
from serving.people.pruning import Pruned, prune
from serving.people.retention import Retention, retention_of
from serving.process.moves import Why
from serving.service import Service
from serving.settings import Settings
from serving.store.schema import (
    audit,
    events,
    imports,
    leads,
    messages,
    scores,
    webhook_deliveries,
    webhook_messages,
)

KEEP = Retention(scores=None, audit=None, deliveries=None, messages=None, imports=None)
ONLY = {"scores": None, "audit": None, "deliveries": None, "messages": None, "imports": None}


def counted(desk: Desk, table: object) -> int:
    return desk.store.read(lambda c: c.execute(select(func.count()).select_from(table)).scalar_one())


def pruned(desk: Desk, **days: int) -> Pruned:
    return prune(desk.store, Retention(**ONLY | days), desk.now)


def test_what_is_kept_without_end_stays(desk: Desk) -> None:
    desk.later(10_000 * DAY)
    before = {table: counted(desk, table) for table in (events, scores, messages, audit, leads)}
    assert prune(desk.store, KEEP, desk.now) == Pruned()
    assert {table: counted(desk, table) for table in before} == before


def test_nothing_that_is_young_is_deleted(desk: Desk) -> None:
    assert prune(desk.store, Retention(events=1, closed_leads=1), desk.now) == Pruned()


def test_old_events_are_deleted_and_young_ones_stay(desk: Desk) -> None:
    old = counted(desk, events)
    desk.later(100 * DAY)
    desk.track(LEE, "page_view")
    assert pruned(desk, events=50).events == old
    assert [row["lead_id"] for row in desk.rows(events)] == [LEE]


def test_the_present_score_of_a_lead_stays_however_old_it_is(desk: Desk) -> None:
    before = counted(desk, scores)
    desk.later(1_000 * DAY)
    assert pruned(desk, scores=730).scores == before - 2
    assert {row["score_id"] for row in desk.rows(scores)} == {desk.standing(i).score_id for i in (KIM, LEE)}


def test_leads_that_were_closed_long_ago_are_deleted_with_everything_of_them(desk: Desk) -> None:
    lost(desk, KIM)
    desk.later(100 * DAY)
    assert pruned(desk, closed_leads=90).closed_leads == 1
    assert [row["lead_id"] for row in desk.rows(leads)] == [LEE]
    assert KIM not in {row["lead_id"] for row in desk.rows(events)}


def test_unlike_the_erased_they_may_come_again(desk: Desk) -> None:
    lost(desk, KIM)
    desk.later(100 * DAY)
    pruned(desk, closed_leads=90)
    desk.identify(KIM, **HEAD_OF_IT)
    assert desk.standing(KIM).stage == "MQL"


def test_leads_that_were_closed_a_while_ago_and_have_moved_since_stay(desk: Desk) -> None:
    lost(desk, KIM)
    desk.later(80 * DAY)
    desk.store.write(lambda c: act(c, desk.programs, KIM, "recycle", Why("rep", "no need now"), desk.now))
    desk.later(80 * DAY)
    assert pruned(desk, closed_leads=90).closed_leads == 0


def test_what_is_still_to_be_delivered_stays(desk: Desk) -> None:
    told = counted(desk, webhook_messages)
    desk.later(100 * DAY)
    assert pruned(desk, deliveries=90).deliveries == 0
    desk.store.write(lambda c: c.execute(update(webhook_deliveries).values(state="delivered")))
    assert pruned(desk, deliveries=90).deliveries == told
    assert (counted(desk, webhook_messages), counted(desk, webhook_deliveries)) == (0, 0)


def test_ids_of_messages_acts_and_reports_are_forgotten(desk: Desk) -> None:
    ids, acts = counted(desk, messages), counted(desk, audit)
    desk.later(100 * DAY)
    gone = pruned(desk, messages=30, audit=90, imports=90)
    assert (gone.messages, gone.audit, gone.imports) == (ids, acts, 1)
    assert [row["report"] for row in desk.rows(imports)] == ["[]"]


def test_it_goes_on_until_all_that_is_old_is_gone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "AT_ONCE", 2)
    ids, old = counted(desk, messages), counted(desk, events)
    desk.later(100 * DAY)
    gone = pruned(desk, messages=30, events=30)
    assert (gone.messages, gone.events) == (ids, old)


def test_a_score_whose_events_are_too_old_says_so_instead_of_an_alarm(desk: Desk) -> None:
    score_id = desk.standing(KIM).score_id or 0
    desk.later(20 * DAY)
    assert pruned(desk, events=10).events > 0
    again = desk.store.read(lambda c: replay(c, score_id))
    assert (again.same, again.because) == (False, TOO_OLD)


def test_a_score_that_is_younger_than_the_events_it_reads_is_the_same(desk: Desk) -> None:
    desk.later(200 * DAY)
    desk.track(KIM, "page_view", path="/pricing")
    assert pruned(desk, events=150).events > 0
    again = desk.store.read(lambda c: replay(c, desk.standing(KIM).score_id or 0))
    assert (again.same, again.because) == (True, "")


def test_a_difference_that_age_does_not_explain_is_still_an_alarm(desk: Desk) -> None:
    desk.later(200 * DAY)
    pruned(desk, events=150)
    desk.track(KIM, "page_view", path="/pricing")
    score_id = desk.standing(KIM).score_id or 0

    def tamper(connection: Connection) -> None:
        connection.execute(update(scores).where(scores.c.score_id == score_id).values(score=99.0))

    desk.store.write(tamper)
    again = desk.store.read(lambda c: replay(c, score_id))
    assert (again.same, again.because) == (False, "")


def lost(desk: Desk, lead_id: str) -> None:
    desk.store.write(lambda c: act(c, desk.programs, lead_id, "lose", Why("rep", "no need"), desk.now))


def test_an_age_is_said_kind_by_kind_and_the_others_are_as_usual() -> None:
    assert retention_of(["events=400", "closed-leads = 90", "scores=0"]) == Retention(
        events=400, closed_leads=90, scores=None
    )


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ("score=3", "mean 'scores'"),
        ("scores", "scores=0"),
        ("scores=-1", "scores=0"),
        ("scores=40000", "36500"),
    ],
)
def test_an_age_that_is_none_is_refused(said: str, where: str) -> None:
    with pytest.raises(ConfigError) as refused:
        retention_of([said])
    assert where in str(refused.value)


def test_the_service_deletes_once_a_day_what_is_too_old(desk: Desk) -> None:
    service = Service(Settings(retention=Retention(events=50)), desk.store, desk.programs)
    (job,) = (job for job in housekeeping_of(service) if job.name == "prune")
    desk.later(100 * DAY)
    assert not job.turn(desk.now)
    assert counted(desk, events) == 0

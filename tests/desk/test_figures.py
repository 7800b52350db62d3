"""The figures of the dashboard, over histories made by hand."""

import random
from collections import Counter

import pytest
from desk import HOUR, START
from histories import put_history, put_lead, put_standing
from sqlalchemy import Connection, update

from features.moments import DAY
from features.snapshots import LOST
from serving.desk.figures import StageFigures, figures, half_left_after
from serving.desk.periods import Period
from serving.desk.stays import Stays
from serving.programs.service import InService, in_service
from serving.store.database import Store
from serving.store.schema import standings
from training.scorecard import Scorecard

NOW = START + 60 * DAY
PERIOD = Period("test", START, NOW)
PROSPECT, LEAD, MQL, SAL = range(4)


def counted(store: Store, leads: InService, period: Period = PERIOD) -> list[StageFigures]:
    return store.read(lambda c: figures(c, leads, period, NOW)).stages


def put(store: Store, *histories: tuple[tuple[int, str], ...]) -> None:
    """Leads that came into stages on days after the start."""

    def work(connection: Connection) -> None:
        for i, moves in enumerate(histories):
            put_history(connection, f"L-{i}", *((START + day * DAY, stage) for day, stage in moves))

    store.write(work)


def test_conversion_is_the_share_of_those_that_left(store: Store, leads: InService) -> None:
    put(
        store,
        ((0, "MQL"), (1, "SAL")),
        ((0, "MQL"), (2, "SAL")),
        ((0, "MQL"), (3, "Lead")),
        ((0, "MQL"),),
    )
    mql = counted(store, leads)[MQL]
    assert (mql.entered, mql.on, mql.back, mql.lost, mql.open) == (4, 2, 1, 0, 1)
    assert mql.conversion is not None
    assert mql.conversion.share == 2 / (2 + 1)


def test_the_open_ones_say_how_far_the_share_may_still_go(store: Store, leads: InService) -> None:
    put(store, ((0, "MQL"), (1, "SAL")), ((0, "MQL"), (3, LOST)), ((0, "MQL"),), ((9, "MQL"),))
    mql = counted(store, leads)[MQL]
    assert (mql.at_least, mql.at_most) == (1 / 4, (1 + 2) / 4)


def test_what_is_passed_goes_on_and_takes_no_time(store: Store, leads: InService) -> None:
    put(store, ((0, "Lead"), (5, "SAL")))
    mql = counted(store, leads)[MQL]
    assert (mql.entered, mql.passed, mql.on, mql.half_left_after) == (1, 1, 1, None)


def test_a_lead_that_is_sent_back_comes_into_the_stage_again(store: Store, leads: InService) -> None:
    put(store, ((0, "Lead"), (1, "MQL"), (2, "Lead")))
    lead = counted(store, leads)[LEAD]
    assert (lead.entered, lead.on, lead.open) == (2, 1, 1)


def test_a_lead_taken_up_again_after_it_was_lost_passes_nothing(store: Store, leads: InService) -> None:
    put(store, ((0, "SAL"), (1, LOST), (2, "MQL")))
    found = counted(store, leads)
    assert [s.entered for s in found[:4]] == [1, 1, 2, 1]  # at first through Prospect, Lead and MQL
    assert found[SAL].lost == 1


def test_only_stays_that_began_in_the_period_count_whenever_they_end(store: Store, leads: InService) -> None:
    put(store, ((-1, "MQL"), (1, "SAL")), ((4, "MQL"), (20, "SAL")), ((12, "MQL"),))
    mql = counted(store, leads, Period("test", START, START + 10 * DAY))[MQL]
    assert (mql.entered, mql.on) == (1, 1)


def test_a_new_name_of_a_stage_is_no_move(store: Store, rules_card: Scorecard) -> None:
    put(store, ((0, "Marketing lead"), (3, "MQL"), (10, "SAL")))
    mql = counted(store, in_service("leads", rules_card, {"Marketing lead": "MQL"}))[MQL]
    assert (mql.entered, mql.on, mql.half_left_after) == (1, 1, 10 * 24)


def test_leads_of_another_program_do_not_count(store: Store, leads: InService) -> None:
    store.write(lambda c: put_history(c, "L-1", (START, "MQL"), program="customers"))
    assert [s.entered for s in counted(store, leads)] == [0] * 7


def test_a_lead_that_was_imported_is_in_the_first_stage_though_no_move_says_so(store: Store, leads: InService) -> None:
    store.write(lambda c: put_lead(c, "L-1", stage_since=START + DAY))
    store.write(lambda c: put_lead(c, "L-2", stage_since=START - DAY))
    prospect = counted(store, leads)[PROSPECT]
    assert (prospect.entered, prospect.open) == (1, 1)


def test_reasons_are_counted_for_what_became_of_a_lead(store: Store, leads: InService) -> None:
    for i, reason in enumerate(("no budget", "no budget", "wrong person")):
        moves = ((START, "MQL"), (START + DAY, "Lead"))
        store.write(lambda c, i=i, m=moves, r=reason: put_history(c, f"L-{i}", *m, reason=r))
    store.write(lambda c: put_history(c, "L-9", (START, "MQL"), (START + DAY, LOST), reason="no need"))
    assert counted(store, leads)[MQL].reasons == [
        ("back", "no budget", 2),
        ("back", "wrong person", 1),
        ("lost", "no need", 1),
    ]


def test_clocks_are_kept_or_breached_by_how_they_ended_or_that_they_ran_out(store: Store, leads: InService) -> None:
    def work(connection: Connection) -> None:
        for i, sla in enumerate(("kept", "kept", "kept", "breached")):
            put_history(connection, f"L-{i}", (START, "MQL"), (START + DAY, "SAL"), sla=sla)
        for i, due in enumerate((NOW - HOUR, NOW + HOUR)):
            put_history(connection, f"M-{i}", (START, "MQL"))
            mine = update(standings).where(standings.c.lead_id == f"M-{i}")
            connection.execute(mine.values(sla_state="running", sla_due_at=due))

    store.write(work)
    mql = counted(store, leads)[MQL]
    assert (mql.sla_kept, mql.sla_breached) == (3, 1 + 1)
    assert mql.sla is not None
    assert mql.sla.share == 3 / 5


def test_time_is_held_against_the_agreed_days(store: Store, leads: InService) -> None:
    put(store, ((0, "MQL"), (14, "SAL")), ((0, "MQL"), (15, "SAL")), ((0, "MQL"),), ((59, "MQL"),))  # at most 14 days
    mql = counted(store, leads)[MQL]
    assert (mql.within, mql.too_long) == (1, 2)  # one is still there and too long, the last one may yet be in time
    assert mql.in_time is not None
    assert mql.in_time.share == 1 / (1 + 2)


def test_weeks_begin_on_monday(store: Store, leads: InService) -> None:
    put(store, ((0, "Lead"),), ((6, "Lead"),), ((7, "MQL"),))
    found = store.read(lambda c: figures(c, leads, Period("test", START, START + 20 * DAY), NOW))
    assert found.weeks == [START - 9 * HOUR + 7 * DAY * i for i in range(3)]
    assert found.stages[LEAD].weekly == [2, 1, 0]  # the MQL passed through


def stays_of(*told: tuple[int, str]) -> list[Stays]:
    return [Stays(MQL, outcome, hours, "", "none", 1, 0, 0) for hours, outcome in told]  # type: ignore[arg-type]


def test_half_have_left_counts_those_who_are_still_there() -> None:
    """After 24 hours 3 of 4 remain; after 72 half of the two that were there so long: 3/4 * 1/2."""
    assert half_left_after(stays_of((24, "on"), (48, "open"), (72, "back"), (100, "open"))) == 72


def test_where_most_are_still_there_nobody_knows_when_half_leave() -> None:
    assert half_left_after(stays_of((24, "on"), (48, "open"), (72, "open"))) is None


@pytest.mark.parametrize("seed", range(3))
def test_the_database_counts_as_a_loop_would(store: Store, leads: InService, seed: int) -> None:
    luck = random.Random(seed)
    stages = [s.stage for s in leads.agreement.stages]
    histories = []
    for _ in range(60):
        days = sorted(luck.sample(range(-20, 60), luck.randint(1, 6)))
        moves: list[tuple[int, str]] = []
        for day in days:
            others = [s for s in (*stages, LOST) if not moves or s != moves[-1][1]]
            moves.append((day, luck.choice(others)))
        histories.append(tuple(moves))
    put(store, *histories)
    found = counted(store, leads)
    expected = _by_loop(histories, stages)
    assert [Counter(on=s.on, back=s.back, lost=s.lost, open=s.open) for s in found] == expected


def _by_loop(histories: list[tuple[tuple[int, str], ...]], stages: list[str]) -> list[Counter[str]]:
    place = {name: i for i, name in enumerate(stages)} | {LOST: -2}
    found = [Counter(on=0, back=0, lost=0, open=0) for _ in stages]
    for moves in histories:
        was = -1
        for i, (day, stage) in enumerate(moves):
            to = place[stage]
            if day >= 0 and to >= 0:
                after = place[moves[i + 1][1]] if i + 1 < len(moves) else None
                outcome = "open" if after is None else "lost" if after == -2 else "on" if after > to else "back"
                found[to][outcome] += 1
                for passed in range(was + 1, to) if was != -2 else ():
                    found[passed]["on"] += 1
            was = to
    return found


def test_what_goes_on_from_a_stage_comes_into_the_next_one(store: Store, leads: InService) -> None:
    """So that rates can be multiplied: into MQL came what went on from Lead, and what was sent back to it."""
    put(store, ((0, "Lead"), (1, "MQL")), ((0, "Lead"), (2, "SAL"), (3, "MQL")), ((1, "Prospect"), (2, "Opportunity")))
    found = counted(store, leads)
    assert found[MQL].entered == found[LEAD].on + 1


def test_an_exact_end_of_the_period_is_outside(store: Store, leads: InService) -> None:
    put(store, ((10, "MQL"),))
    assert counted(store, leads, Period("test", START, START + 10 * DAY))[MQL].entered == 0
    assert counted(store, leads, Period("test", START + 10 * DAY, NOW))[MQL].entered == 1


def test_standings_without_moves_are_needed_only_for_the_first_stage(store: Store, leads: InService) -> None:
    put(store, ((0, "Lead"),))
    store.write(lambda c: put_standing(c, "L-0", program="customers", stage="Customer"))
    assert counted(store, leads)[LEAD].open == 1

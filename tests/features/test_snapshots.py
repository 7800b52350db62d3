"""Which moments of a lead become rows, and what each row is labelled: against one lead at a time, in plain Python."""

from collections.abc import Sequence
from itertools import count, islice

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from features.moments import DAY
from features.snapshots import Changes, Happened, Meaning, Moments, Rows, Timeline, draw, snapshot_rows

HORIZON = 10
SEED = 3
Row = tuple[str, int, bool, bool]
Change = tuple[int, int, Meaning]
Sent = tuple[int, int, str | None]


def timeline(
    created: Sequence[int], changes: Sequence[Change] = (), events: Sequence[Sent] = (), known_until: int = 100 * DAY
) -> Timeline:
    """Leads ``L-0``, ``L-1``, ... with changes (lead, at, meaning) and events (lead, at, id)."""
    return Timeline(
        lead_ids=[f"L-{i}" for i in range(len(created))],
        begins_at=np.array(created, dtype=np.int64),
        changes=Changes(
            np.array([c[0] for c in changes], dtype=np.intp),
            np.array([c[1] for c in changes], dtype=np.int64),
            np.array([c[2] for c in changes], dtype=np.int8),
        ),
        known_until=known_until,
        events=Happened(
            np.array([e[0] for e in events], dtype=np.intp),
            np.array([e[1] for e in events], dtype=np.int64),
            [e[2] for e in events],
        ),
    )


def rows_of(rows: Rows, told: Timeline) -> list[Row]:
    columns = (rows.as_of.tolist(), rows.converted.tolist(), rows.converts_ever.tolist())
    return list(zip([told.lead_ids[i] for i in rows.lead], *columns, strict=True))


def made(moments: Moments, told: Timeline) -> list[Row]:
    return rows_of(snapshot_rows(moments, told, horizon_days=HORIZON, seed=SEED), told)


def days(moments: Moments, told: Timeline) -> list[float]:
    return [at / DAY for _, at, _, _ in made(moments, told)]


# One kind of moment at a time


def test_ages_are_days_after_the_creation() -> None:
    assert days(Moments(ages=(7, 14.5)), timeline([2 * DAY])) == [2 + 7, 2 + 14.5]


def test_intervals_begin_with_the_creation_and_end_where_the_horizon_would_not_have_passed() -> None:
    assert days(Moments(every_days=20), timeline([5 * DAY])) == [5, 5 + 20, 5 + 40, 5 + 60, 5 + 80]


def test_moments_whose_horizon_has_not_passed_are_read_where_asked_for() -> None:
    told = timeline([5 * DAY], [(0, 99 * DAY, Meaning.CONVERSION)])
    rows = snapshot_rows(Moments(every_days=20), told, horizon_days=HORIZON, read_until=98 * DAY)
    found = [(at / DAY, converted) for _, at, converted, _ in rows_of(rows, told)]
    assert found == [(5, False), (25, False), (45, False), (65, False), (85, False)]
    late = snapshot_rows(Moments(ages=(90,)), told, horizon_days=HORIZON, read_until=98 * DAY)
    assert rows_of(late, told) == [("L-0", 95 * DAY, True, True)]


def test_intervals_are_at_most_so_many_and_the_earliest() -> None:
    assert days(Moments(every_days=2, most=3), timeline([0])) == [0, 2, 4]


def test_intervals_are_twelve_unless_told() -> None:
    assert len(days(Moments(every_days=1), timeline([0]))) == 12


def test_intervals_end_when_the_lead_is_closed() -> None:
    assert days(Moments(every_days=2), timeline([0], [(0, 5 * DAY, Meaning.LOST)])) == [0, 2, 4]


def test_stage_changes_that_do_not_close_the_lead_are_moments() -> None:
    changes = [(0, 1 * DAY, Meaning.OTHER), (0, 4 * DAY, Meaning.OTHER), (0, 6 * DAY, Meaning.CONVERSION)]
    assert days(Moments(stage_changes=True), timeline([0], changes)) == [1, 4]


def test_stage_changes_before_the_creation_are_no_moments() -> None:
    assert days(Moments(stage_changes=True), timeline([DAY], [(0, DAY - 1, Meaning.OTHER)])) == []


def test_events_are_moments_only_after_the_creation() -> None:
    events = [(0, 2 * DAY - 1, "a"), (0, 2 * DAY, "b"), (0, 3 * DAY, "c")]
    assert days(Moments(events=9), timeline([2 * DAY], events=events)) == [3]


def test_the_repeat_of_an_event_is_no_moment() -> None:
    events = [(0, 3 * DAY, "a"), (0, 1 * DAY, "a"), (0, 2 * DAY, "b")]
    assert days(Moments(events=9), timeline([0], events=events)) == [1, 2]


def test_the_repeat_of_an_event_before_the_creation_is_no_moment() -> None:
    events = [(0, 1 * DAY, "a"), (0, 3 * DAY, "a")]
    assert days(Moments(events=9), timeline([2 * DAY], events=events)) == []


def test_events_are_at_most_so_many_of_each_lead() -> None:
    events = [(lead, day * DAY, f"e{day}") for lead in (0, 1) for day in range(1, 30)]
    rows = made(Moments(events=3), timeline([0, 0], events=events))
    assert [sum(row[0] == lead for row in rows) for lead in ("L-0", "L-1")] == [3, 3]


def test_which_events_are_drawn_depends_on_the_seed() -> None:
    told = timeline([0], events=[(0, day * DAY, f"e{day}") for day in range(1, 90)])
    drawn = {tuple(snapshot_rows(Moments(events=3), told, horizon_days=HORIZON, seed=s).as_of) for s in range(5)}
    assert len(drawn) == 5


def test_every_event_is_drawn_as_often_as_any_other() -> None:
    leads, each = 3_000, 4
    events = [(lead, day * DAY, f"e{day}") for lead in range(leads) for day in range(1, each + 1)]
    found = np.bincount(np.array(days(Moments(events=1), timeline([0] * leads, events=events)), dtype=int))[1:]
    deviation = np.sqrt(leads * (1 / each) * (1 - 1 / each))
    assert np.abs(found - leads / each).max() < 4 * deviation


def test_a_moment_that_is_declared_in_two_ways_is_one_row() -> None:
    told = timeline([0], [(0, 4 * DAY, Meaning.OTHER)], [(0, 4 * DAY, "a")])
    assert days(Moments(ages=(4, 4), every_days=4, most=2, stage_changes=True, events=1), told) == [0, 4]


def test_nothing_declared_gives_no_rows() -> None:
    assert made(Moments(), timeline([0])) == []


def test_no_leads_give_no_rows() -> None:
    assert made(Moments(ages=(1,), every_days=1, stage_changes=True, events=1), timeline([])) == []


# The edges of the horizon


@pytest.mark.parametrize(
    ("meaning", "at", "expected"),
    [
        (Meaning.CONVERSION, 1 * DAY - 1, []),
        (Meaning.CONVERSION, 1 * DAY, []),
        (Meaning.CONVERSION, 1 * DAY + 1, [(True, True)]),
        (Meaning.CONVERSION, (1 + HORIZON) * DAY, [(True, True)]),
        (Meaning.CONVERSION, (1 + HORIZON) * DAY + 1, [(False, True)]),
        (Meaning.LOST, 1 * DAY, []),
        (Meaning.LOST, 1 * DAY + 1, [(False, False)]),
        (Meaning.OTHER, 1 * DAY, [(False, False)]),
    ],
)
def test_what_a_stage_change_makes_of_a_row(meaning, at, expected) -> None:
    assert [row[2:] for row in made(Moments(ages=(1,)), timeline([0], [(0, at, meaning)]))] == expected


def test_a_lead_that_is_won_after_it_was_lost_converts_in_the_rows_before() -> None:
    told = timeline([0], [(0, 3 * DAY, Meaning.LOST), (0, 5 * DAY, Meaning.CONVERSION)])
    assert [(at / DAY, won) for _, at, won, _ in made(Moments(ages=(1, 4)), told)] == [(1, True)]


@pytest.mark.parametrize(("known_until", "kept"), [((1 + HORIZON) * DAY, 1), ((1 + HORIZON) * DAY - 1, 0)])
def test_a_row_is_kept_only_where_its_horizon_has_passed(known_until, kept) -> None:
    assert len(made(Moments(ages=(1,)), timeline([0], known_until=known_until))) == kept


# Any leads: as one lead at a time, read plainly

ticks = st.integers(-2, 12).map(lambda t: t * DAY // 2)


@st.composite
def timelines(draw_: st.DrawFn) -> Timeline:
    created = draw_(st.lists(ticks, max_size=5))
    whose = st.integers(0, max(len(created) - 1, 0))
    some = {"max_size": 10 if created else 0}
    changes = draw_(st.lists(st.tuples(whose, ticks, st.sampled_from(Meaning)), **some))
    events = draw_(st.lists(st.tuples(whose, ticks, st.sampled_from([None, "a", "b", "c", "é"])), **some))
    return timeline(created, changes, events, known_until=draw_(st.integers(0, 30)) * DAY)


declared = st.builds(
    Moments,
    ages=st.lists(st.sampled_from([0.5, 1.0, 3.0]), max_size=2).map(tuple),
    every_days=st.sampled_from([None, 0.5, 2.0]),
    most=st.sampled_from([None, 1, 3]),
    stage_changes=st.booleans(),
    events=st.sampled_from([None, 1, 2]),
)


def plainly(moments: Moments, told: Timeline) -> list[Row]:
    """The rows as the docstrings say, lead by lead and moment by moment."""
    rows = [row for lead in range(len(told.lead_ids)) for row in of_lead(moments, told, lead)]
    return sorted(rows, key=lambda row: (row[1], row[0]))


def of_lead(moments: Moments, told: Timeline, lead: int) -> list[Row]:
    name, created, horizon = told.lead_ids[lead], int(told.begins_at[lead]), HORIZON * DAY
    changes = [(int(at), m) for who, at, m in zip(*told.changes, strict=True) if who == lead]
    conversions = [at for at, meaning in changes if meaning == Meaning.CONVERSION]
    closings = [at for at, meaning in changes if meaning != Meaning.OTHER]

    def may(at: int) -> bool:
        return at >= created and not any(c <= at for c in closings) and at + horizon <= told.known_until

    wanted = {created + round(age * DAY) for age in moments.ages}
    if moments.every_days:
        steps = (created + k * round(moments.every_days * DAY) for k in count())
        wanted |= set(islice(steps, moments.most or 12))
    if moments.stage_changes:
        wanted |= {at for at, _ in changes}
    if moments.events:
        earliest: dict[str | int, int] = {}
        for who, at, event_id in zip(*told.events, strict=True):
            key = int(at) if event_id is None else event_id
            if who == lead:
                earliest[key] = min(int(at), earliest.get(key, int(at)))
        own = {key: at for key, at in earliest.items() if at > created and may(at)}
        wanted |= {own[key] for key in sorted(own, key=lambda key: draw(SEED, name, key))[: moments.events]}
    return [(name, at, any(at < c <= at + horizon for c in conversions), bool(conversions)) for at in wanted if may(at)]


@given(declared, timelines())
@example(Moments(events=1), timeline([0], events=[(0, DAY, None), (0, DAY, None), (0, 2 * DAY, "a")]))
def test_rows_are_those_of_a_plain_reading(moments, told) -> None:
    assert made(moments, told) == plainly(moments, told)


@given(declared, timelines(), st.randoms())
def test_the_order_of_the_tables_changes_nothing(moments, told, random) -> None:
    leads, changes = list(range(len(told.lead_ids))), list(zip(*told.changes, strict=True))
    events = list(zip(*told.events, strict=True))
    for table in (leads, changes, events):
        random.shuffle(table)
    place = {lead: i for i, lead in enumerate(leads)}
    shuffled = timeline(
        [int(told.begins_at[lead]) for lead in leads],
        [(place[lead], at, meaning) for lead, at, meaning in changes],
        [(place[lead], at, event_id) for lead, at, event_id in events],
        told.known_until,
    )._replace(lead_ids=[told.lead_ids[lead] for lead in leads])
    assert made(moments, shuffled) == made(moments, told)


@given(declared, timelines(), st.integers(1, 20))
def test_waiting_longer_adds_rows_and_takes_none_away(moments, told, more) -> None:
    fixed = Moments(ages=moments.ages, every_days=moments.every_days, most=moments.most)
    later = told._replace(known_until=told.known_until + more * DAY)
    assert set(made(fixed, told)) <= set(made(fixed, later))

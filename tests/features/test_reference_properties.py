"""What holds of the reference for any lead: time, order and repeats."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from math import isfinite

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.agreement import Agreement, Conversion, Fact, Points, Stage
from features.catalog import Feature, Source, Value, Where
from features.loading import AgreedScore
from features.moments import DAY, iso, moment, of_datetime
from features.points import agreed_points, extremes
from features.reference import Reader
from features.tables import Event, Lead, StageChange

NOW = 1000 * DAY
WINDOW = 30


def over_events(**source: object) -> Feature:
    return Feature(name="f", label="f", kind="interest", type="number", source=Source(**source))  # type: ignore[arg-type]


FEATURES = [
    over_events(event="visit"),
    over_events(event="any", window_days=WINDOW),
    over_events(event="visit", window_days=WINDOW, half_life_days=7.0),
    over_events(event="visit", half_life_days=14.0),
    over_events(event="any", measure="distinct", property="path", window_days=WINDOW),
    over_events(event="any", measure="sum", property="amount", window_days=WINDOW),
    over_events(event="visit", measure="max", property="amount"),
    over_events(event="any", measure="last", property="amount"),
    msgspec.structs.replace(over_events(event="any", measure="last", property="path"), type="text"),
    over_events(event="any", measure="days_since_first"),
    over_events(event="visit", measure="days_since_last", window_days=WINDOW),
    over_events(event="any", measure="pace", window_days=7.0, compare_days=float(WINDOW)),
    over_events(event="any", measure="sessions", gap_minutes=30.0),
    over_events(event="any", measure="leads", over="account", window_days=WINDOW),
    over_events(event="visit", over="account", half_life_days=14.0),
    over_events(event="any", measure="last", property="amount", over="account"),
    over_events(event="any", measure="sum", property="amount", over="account", delay_days=1.0),
    over_events(event="visit", where={"path": Where(starts_with="/a")}, window_days=WINDOW),
    over_events(event="visit", delay_days=2.0, window_days=WINDOW),
    over_events(lead="colleagues"),
]
READER = Reader(FEATURES)

ages = st.one_of(st.integers(0, 60 * DAY), st.integers(0, 60).map(lambda days: days * DAY))
no_ids = st.none()
some_ids = st.one_of(no_ids, st.sampled_from(["e1", "e2", "e3"]))
paths = st.sampled_from(["/a", "/a/b", "/b", None])
amounts = st.one_of(st.none(), st.sampled_from([0.1, 0.2, -0.3, 0.0, -0.0, 1e15]), st.floats(-1e6, 1e6))


def events(
    of_age: st.SearchStrategy[int] = ages, ids: st.SearchStrategy[str | None] = no_ids
) -> st.SearchStrategy[Event]:
    return st.builds(
        lambda kind, age, path, amount, id_: Event(kind, NOW - age, {"path": path, "amount": amount}, id_),
        st.sampled_from(["visit", "click"]),
        of_age,
        paths,
        amounts,
        ids,
    )


def read(sent: list[Event], as_of: int = NOW, colleagues: tuple[Lead, ...] = ()) -> list[Value]:
    return READER.read(Lead("L-1", events=tuple(sent), colleagues=colleagues), as_of)


def bits(values: list[Value]) -> list[str]:
    """Values as they are to the last bit, so that -0.0 is not 0.0."""
    return [v.hex() if isinstance(v, float) else repr(v) for v in values]


def some_colleagues(created: st.SearchStrategy[int | None]) -> st.SearchStrategy[tuple[Lead, ...]]:
    made = st.tuples(created, st.lists(events(ids=some_ids), max_size=4))
    leads = st.lists(made, max_size=4).map(
        lambda told: tuple(Lead(f"C-{i}", {}, tuple(e), at) for i, (at, e) in enumerate(told))
    )
    return leads


here_by_now = some_colleagues(st.one_of(st.none(), st.integers(0, 60 * DAY).map(lambda age: NOW - age)))
not_yet_here = some_colleagues(st.integers(1, 60 * DAY).map(lambda later: NOW + later))


@given(st.lists(events(ids=some_ids)), st.lists(events(of_age=st.integers(-60 * DAY, -1), ids=some_ids)))
def test_events_after_the_moment_change_nothing(known: list[Event], future: list[Event]) -> None:
    assert read(known + future) == read(known)


@given(st.lists(events(ids=some_ids)).flatmap(lambda e: st.tuples(st.just(e), st.permutations(e))))
def test_the_order_of_events_changes_nothing(both: tuple[list[Event], list[Event]]) -> None:
    sent, shuffled = both
    assert bits(read(sent)) == bits(read(shuffled))


@given(st.lists(events(of_age=st.sampled_from([0, DAY]))).flatmap(lambda e: st.tuples(st.just(e), st.permutations(e))))
def test_the_order_of_events_at_one_moment_changes_nothing(both: tuple[list[Event], list[Event]]) -> None:
    sent, shuffled = both
    assert bits(read(sent)) == bits(read(shuffled))


@given(st.lists(events()), here_by_now.flatmap(lambda c: st.tuples(st.just(c), st.permutations(c))))
def test_the_order_of_colleagues_and_of_their_events_changes_nothing(
    sent: list[Event], both: tuple[tuple[Lead, ...], list[Lead]]
) -> None:
    colleagues, shuffled = both
    turned = tuple(msgspec.structs.replace(c, events=c.events[::-1]) for c in shuffled)
    assert bits(read(sent, colleagues=colleagues)) == bits(read(sent, colleagues=turned))


@given(st.lists(events()), here_by_now, not_yet_here)
def test_who_became_a_colleague_after_the_moment_changes_nothing(
    sent: list[Event], colleagues: tuple[Lead, ...], later: tuple[Lead, ...]
) -> None:
    assert read(sent, colleagues=colleagues + later) == read(sent, colleagues=colleagues)


@given(st.lists(events(ids=some_ids)), here_by_now, st.lists(events(of_age=st.integers(-60 * DAY, -1))))
def test_what_colleagues_did_after_the_moment_changes_nothing(
    sent: list[Event], colleagues: tuple[Lead, ...], future: list[Event]
) -> None:
    ahead = tuple(msgspec.structs.replace(c, events=(*c.events, *future)) for c in colleagues)
    assert read(sent, colleagues=ahead) == read(sent, colleagues=colleagues)


@given(st.lists(events()), here_by_now)
def test_colleagues_change_only_what_is_measured_over_the_account(
    sent: list[Event], colleagues: tuple[Lead, ...]
) -> None:
    pairs = zip(FEATURES, read(sent), read(sent, colleagues=colleagues), strict=True)
    moved = {f.source.over == "account" or f.source.lead == "colleagues" for f, a, b in pairs if a != b}
    assert moved <= {True}


@given(st.lists(events(), min_size=1), st.data())
def test_repeats_of_an_event_count_once(sent: list[Event], data: st.DataObject) -> None:
    named = [Event(e.type, e.at, e.properties, f"e{i}") for i, e in enumerate(sent)]
    repeats = data.draw(st.lists(st.sampled_from(named)))
    assert read(named + repeats) == read(named)


@given(st.integers(1, 10**9), st.floats(0.001, 400.0))
def test_an_event_at_the_moment_counts_and_one_a_window_before_does_not(as_of: int, days: float) -> None:
    reader = Reader([over_events(event="any", window_days=days)])
    window = round(days * DAY)
    inside = [Event("visit", as_of), Event("visit", as_of - window + 1)]
    outside = [Event("visit", as_of - window), Event("visit", as_of + 1)]
    assert reader.read(Lead("L-1", events=(*inside, *outside)), as_of) == [2.0]


MEASURED = [
    *({"measure": m, "property": "amount"} for m in ("distinct", "sum", "max", "last")),
    *({"measure": m} for m in ("count", "days_since_first", "days_since_last")),
    {"measure": "sessions", "gap_minutes": 5.0},
    {"measure": "leads", "over": "account"},
    {"measure": "pace", "compare_days": 800.0},
]


@pytest.mark.parametrize("measured", MEASURED, ids=lambda m: m["measure"])
@given(days=st.floats(1.0, 400.0), delay=st.floats(0.0, 0.9))
def test_events_at_the_edges_of_a_late_window_are_in_and_beyond_them_are_out(
    measured: dict[str, object], days: float, delay: float
) -> None:
    window, late = round(days * DAY), round(delay * DAY)
    reader = Reader([over_events(event="any", window_days=days, delay_days=delay, **measured)])

    def read_at(*ages: int) -> Value:
        return reader.read(Lead("L-1", events=tuple(Event("e", NOW - a, {"amount": 1.0 + a}) for a in ages)), NOW)[0]

    inside = (late, window - 1)
    longer = () if measured["measure"] == "pace" else (window,)
    assert read_at(*inside, late - 1, *longer) == read_at(*inside)
    assert read_at(late) != read_at()
    assert read_at(window - 1) != read_at()


@given(st.lists(st.integers(-(10**12), 10**12), max_size=20))
def test_a_sum_of_amounts_in_millionths_is_exact(millionths: list[int]) -> None:
    sent = tuple(Event("order", NOW, {"amount": m / 1e6}) for m in millionths)
    (total,) = Reader([over_events(event="order", measure="sum", property="amount")]).read(Lead("L", events=sent), NOW)
    assert total == sum(millionths) / 1e6


@given(st.integers(1, 50), st.integers(2, 6), st.integers(0, 1))
def test_a_steady_pace_is_one(every_hours: int, times: int, late: int) -> None:
    """Events at even intervals, as many per day in the window as in the longer one."""
    step = every_hours * DAY // 24
    recent, longer = 4 * step / DAY, 4 * times * step / DAY
    delay = late * step / DAY
    ages = range(late * step, 4 * times * step, step)
    pace = over_events(event="any", measure="pace", window_days=recent, compare_days=longer, delay_days=delay)
    (value,) = Reader([pace]).read(Lead("L", events=tuple(Event("e", NOW - age) for age in ages)), NOW)
    assert value == pytest.approx(1.0)


@given(st.lists(events(), min_size=1), st.integers(1, 60))
def test_sessions_are_runs_of_events(sent: list[Event], gap: int) -> None:
    (value,) = Reader([over_events(event="any", measure="sessions", gap_minutes=float(gap))]).read(
        Lead("L", events=tuple(sent)), NOW
    )
    times = sorted(e.at for e in sent)
    assert value == 1 + sum(b - a > gap * 60_000_000 for a, b in pairwise(times))


@given(st.one_of(st.none(), st.integers(-DAY, 60 * DAY)), st.integers(0, 40))
def test_a_late_field_is_unknown_until_it_is_there(age: int | None, delay: int) -> None:
    staff = Feature(
        name="staff", label="", kind="fit", type="number", source=Source(field="staff", delay_days=float(delay))
    )
    lead = Lead("L", {"staff": 5}, created_at=None if age is None else NOW - age)
    there = delay == 0 or age is None or age >= delay * DAY
    assert Reader([staff]).read(lead, NOW) == [5.0 if there else None]


stage_changes = st.lists(
    st.builds(StageChange, st.integers(NOW - 60 * DAY, NOW + DAY), st.sampled_from(["MQL", "SAL"]))
)
OF_LEAD = [over_events(lead="age_days"), over_events(lead="days_in_stage"), over_events(lead="colleagues")]


@given(stage_changes.flatmap(lambda c: st.tuples(st.just(c), st.permutations(c))), st.integers(0, 60 * DAY))
def test_a_stage_is_the_last_by_the_moment_whatever_the_order(
    both: tuple[list[StageChange], list[StageChange]], age: int
) -> None:
    told, shuffled = both
    stage = msgspec.structs.replace(over_events(lead="stage"), type="text")
    reader = Reader([stage, *OF_LEAD])
    past = tuple(c for c in told if c.at <= NOW and (c.known_from or NOW) <= NOW)
    values = reader.read(Lead("L", created_at=NOW - age, stages=tuple(shuffled)), NOW)
    assert values == reader.read(Lead("L", created_at=NOW - age, stages=past), NOW)
    assert values[1] == age / DAY
    assert values[2] == ((NOW - max(c.at for c in past)) / DAY if past else age / DAY)


zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
instants = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@given(instants, zones)
def test_the_same_instant_in_another_time_zone_is_the_same_moment(instant: datetime, zone: timezone) -> None:
    assert moment(instant.astimezone(zone).isoformat()) == of_datetime(instant)


@given(instants)
def test_a_moment_is_read_as_it_was_written(instant: datetime) -> None:
    assert moment(iso(of_datetime(instant))) == of_datetime(instant)


@given(st.lists(events()), st.lists(zones, min_size=1))
def test_counts_do_not_depend_on_time_zones(sent: list[Event], around: list[timezone]) -> None:
    def elsewhere(i: int, event: Event) -> Event:
        local = datetime.fromisoformat(iso(event.at)).astimezone(around[i % len(around)])
        return Event(event.type, moment(local.isoformat()), event.properties)

    assert read([elsewhere(i, e) for i, e in enumerate(sent)]) == read(sent)


@given(st.lists(events(of_age=st.integers(0, 29 * DAY))), st.integers(1, DAY))
def test_a_decayed_count_lies_between_nothing_and_the_count_and_falls(sent: list[Event], later: int) -> None:
    reader = Reader([FEATURES[0], FEATURES[3]])
    lead = Lead("L-1", events=tuple(sent))
    (count, now), (_, then) = reader.read(lead, NOW), reader.read(lead, NOW + later)
    assert isinstance(count, float)
    assert isinstance(now, float)
    assert isinstance(then, float)
    assert 0.0 <= now <= count
    assert then == pytest.approx(now * 0.5 ** (later / (14 * DAY)))


small = st.integers(-50, 50).map(float)
bounds = st.lists(st.integers(-1000, 1000).map(float), min_size=2, max_size=6, unique=True).map(sorted)


@st.composite
def bracket_facts(draw: st.DrawFn) -> Fact:
    edges = draw(bounds)
    brackets = [Points(at_least=low, below=high, points=draw(small)) for low, high in pairwise(edges)]
    return Fact(fact="f", field="f", points=(*brackets, Points(missing=True, points=draw(small))))


@st.composite
def each_facts(draw: st.DrawFn) -> Fact:
    each = draw(small.filter(bool))
    cap = draw(st.one_of(st.none(), st.integers(1, 100).map(lambda c: c if each > 0 else -c).map(float)))
    where = draw(st.sampled_from([{"field": "f"}, {"event": "visit"}]))
    return Fact(fact="f", points_each=each, cap=cap, **where)  # type: ignore[arg-type]


@given(st.one_of(bracket_facts(), each_facts()), st.one_of(st.none(), st.floats(-1e6, 1e6)))
def test_extremes_bound_the_points_of_every_value(fact: Fact, value: float | None) -> None:
    counted = abs(value) if fact.event is not None and value is not None else value
    least, most = extremes(fact)
    assert least <= agreed_points(fact)(counted) <= most


@given(bracket_facts())
def test_some_value_reaches_each_finite_extreme(fact: Fact) -> None:
    values = [None, -1e9, *(p.at_least for p in fact.points if p.at_least is not None)]
    reached = {agreed_points(fact)(v) for v in values}
    assert {e for e in extremes(fact) if isfinite(e)} <= reached


@given(bracket_facts(), each_facts(), st.one_of(st.none(), st.integers(-1000, 1000)), st.lists(events()))
def test_the_agreed_score_is_the_sum_of_the_agreed_points(
    fit: Fact, interest: Fact, value: int | None, sent: list[Event]
) -> None:
    agreement = Agreement(
        agreement="Acme",
        version="1",
        agreed_on=datetime(2026, 1, 1, tzinfo=UTC).date(),
        conversion=Conversion(definition="signed", stage="Lead", horizon_days=90.0),
        points_double_odds=10.0,
        stages=(Stage(stage="Lead", definition="a name", owner="marketing"),),
        fit=(fit,),
        interest=(interest,),
    )
    lead = Lead("L-1", {"f": value}, tuple(sent))
    values = Reader(agreement.features).read(lead, NOW)
    points = [agreed_points(fact)(v) for (_, fact), v in zip(agreement.facts, values, strict=True)]
    score, _ = AgreedScore(agreement).score(lead, NOW)
    assert score == sum(points)

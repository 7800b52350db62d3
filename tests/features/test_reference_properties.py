"""What holds of the reference for any lead: time, order and repeats."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.agreement import Agreement, Conversion, Fact, Points, Stage
from features.catalog import Feature, Source, Value, Where
from features.loading import AgreedScore
from features.moments import DAY, iso, moment, of_datetime
from features.points import agreed_points, extremes
from features.reference import Reader
from features.tables import Event, Lead

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
    over_events(event="visit", measure="days_since_last", window_days=WINDOW),
    over_events(event="visit", where={"path": Where(starts_with="/a")}, window_days=WINDOW),
]
READER = Reader(FEATURES)

ages = st.one_of(st.integers(0, 60 * DAY), st.integers(0, 60).map(lambda days: days * DAY))
no_ids = st.none()
some_ids = st.one_of(no_ids, st.sampled_from(["e1", "e2", "e3"]))
paths = st.sampled_from(["/a", "/a/b", "/b", None])


def events(
    of_age: st.SearchStrategy[int] = ages, ids: st.SearchStrategy[str | None] = no_ids
) -> st.SearchStrategy[Event]:
    return st.builds(
        lambda kind, age, path, id_: Event(kind, NOW - age, {"path": path}, id_),
        st.sampled_from(["visit", "click"]),
        of_age,
        paths,
        ids,
    )


def read(sent: list[Event], as_of: int = NOW) -> list[Value]:
    return READER.read(Lead("L-1", events=tuple(sent)), as_of)


@given(st.lists(events(ids=some_ids)), st.lists(events(of_age=st.integers(-60 * DAY, -1), ids=some_ids)))
def test_events_after_the_moment_change_nothing(known: list[Event], future: list[Event]) -> None:
    assert read(known + future) == read(known)


@given(st.lists(events(ids=some_ids)).flatmap(lambda e: st.tuples(st.just(e), st.permutations(e))))
def test_the_order_of_events_changes_nothing(both: tuple[list[Event], list[Event]]) -> None:
    sent, shuffled = both
    assert read(sent) == read(shuffled)


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

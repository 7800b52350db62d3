"""The token bucket: no more than agreed in any stretch of time, and never less for who keeps to it."""

from math import floor

from hypothesis import given
from hypothesis import strategies as st

from serving.access.caller import ALL, Caller
from serving.access.rates import Allowance, Rates

EDGE = 1e-6  # what rounding may add, in requests


class Hand:
    """A timer that is set by hand."""

    at = 1_000.0

    def __call__(self) -> float:
        return self.at


def taken(rates: Rates, per_minute: int | None = None, key_id: str = "k") -> Allowance:
    allowance = rates.take(Caller(key_id, "", ALL, per_minute))
    assert allowance is not None
    return allowance


limits = st.integers(1, 10_000)
pauses = st.lists(st.floats(0, 100) | st.just(0.0), min_size=1, max_size=200)


@given(limit=limits, pauses=pauses)
def test_no_stretch_of_time_sees_more_than_the_bucket_and_its_refill(limit: int, pauses: list[float]) -> None:
    timer, let_in = Hand(), []
    rates = Rates(timer=timer)
    for pause in pauses:
        timer.at += pause
        if not taken(rates, limit).wait:
            let_in.append(timer.at)
    for i, first in enumerate(let_in):
        for j, last in enumerate(let_in[i:], start=i):
            assert j - i + 1 <= limit * (1 + (last - first) / 60) + EDGE


@given(limit=limits, extra=st.lists(st.floats(EDGE, 10), min_size=1, max_size=100))
def test_who_asks_no_faster_than_agreed_is_never_refused(limit: int, extra: list[float]) -> None:
    timer = Hand()
    rates = Rates(timer=timer)
    for more in extra:
        timer.at += 60 / limit + more
        assert taken(rates, limit).wait == 0


@given(limit=limits, at_once=st.integers(1, 50))
def test_who_waits_as_told_is_let_in(limit: int, at_once: int) -> None:
    timer = Hand()
    rates = Rates(timer=timer)
    while not (wait := taken(rates, limit).wait):
        pass
    timer.at += wait + EDGE
    assert taken(rates, limit).wait == 0


@given(limit=st.integers(1, 500), late=st.floats(0, 1e6))
def test_a_full_bucket_lets_in_a_minutes_worth_at_once(limit: int, late: float) -> None:
    timer = Hand()
    rates = Rates(timer=timer)
    taken(rates, limit)
    timer.at += 60 + late
    refused = [bool(taken(rates, limit).wait) for _ in range(limit + 1)]
    assert refused == [False] * limit + [True]


def test_what_is_left_is_told() -> None:
    timer = Hand()
    rates = Rates(timer=timer)
    allowances = [taken(rates, 60) for _ in range(3)]
    assert [a.left for a in allowances] == [59, 58, 57]
    assert [a.full_in for a in allowances] == [1, 2, 3]


def test_a_refusal_takes_nothing() -> None:
    timer = Hand()
    rates = Rates(timer=timer)
    waits = [taken(rates, 1).wait for _ in range(3)]
    assert waits == [0, 60, 60]


def test_each_key_has_its_own_bucket() -> None:
    rates = Rates(1)
    assert [taken(rates, key_id=key).wait == 0 for key in "aabb"] == [True, False, True, False]


def test_without_a_limit_nothing_is_counted() -> None:
    assert Rates().take(Caller("k", "", ALL)) is None


def test_the_headers_are_whole_numbers() -> None:
    written = Allowance(100, floor(99.9), 0.6).headers()
    assert written == [(b"ratelimit-policy", b'"key";q=100;w=60'), (b"ratelimit", b'"key";r=99;t=1')]

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from told import NOW

from features.moments import DAY, SECOND
from serving.webhooks.schedule import ATTEMPTS, HOUR, JITTER, MINUTE, WAITS, asked_wait, wait

randoms = st.randoms(use_true_random=False)


def test_ten_attempts_take_about_three_days() -> None:
    assert ATTEMPTS == 10
    assert sum(WAITS) == 5 * SECOND + 35 * MINUTE + (2 + 5 + 10 + 14 + 20 + 24) * HOUR
    assert 3 * DAY <= sum(WAITS) <= 3.5 * DAY


@given(st.integers(1, ATTEMPTS - 1), randoms)
def test_a_wait_is_a_fifth_shorter_or_longer_at_most(attempts: int, random: Random) -> None:
    planned = WAITS[attempts - 1]
    assert planned * (1 - JITTER) - 1 <= (wait(attempts, random) or 0) <= planned * (1 + JITTER) + 1


def test_waits_differ_so_that_retries_do_not_come_all_at_once() -> None:
    random = Random(1)
    assert len({wait(2, random) for _ in range(100)}) > 90


@given(st.integers(ATTEMPTS, 50), randoms, st.integers(0, 9 * DAY))
def test_after_the_last_attempt_there_is_no_other(attempts: int, random: Random, asked: int) -> None:
    assert wait(attempts, random, asked) is None


@given(st.integers(1, ATTEMPTS - 1), randoms, st.integers(0, 100 * DAY))
def test_what_the_receiver_asks_for_is_waited_up_to_a_day(attempts: int, random: Random, asked: int) -> None:
    waited = wait(attempts, random, asked) or 0
    assert waited >= min(asked, DAY)
    assert waited <= max(WAITS[attempts - 1] * (1 + JITTER) + 1, min(asked, DAY))


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("120", 120 * SECOND),
        (" 0 ", 0),
        ("Sat, 21 Nov 2026 09:10:00 GMT", 10 * MINUTE),
        ("Sat, 21 Nov 2026 08:00:00 GMT", 0),
        ("9" * 500, 999_999_999 * SECOND),
        ("soon", 0),
        ("-5", 0),
        ("", 0),
        ("٣", 0),
    ],
)
def test_what_retry_after_asks_for(text: str, asked: int) -> None:
    assert asked_wait(text, NOW) == asked


@given(st.text())
def test_no_retry_after_breaks_a_delivery(text: str) -> None:
    assert asked_wait(text, NOW) >= 0

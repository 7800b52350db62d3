"""Numbers, shares, moments and durations, as readers of each language write them."""

from time import process_time
from zoneinfo import ZoneInfo

import pytest
from babel.numbers import format_decimal, format_percent
from hypothesis import given
from hypothesis import strategies as st

from features.moments import DAY, moment
from serving.words.catalogue import LANGUAGES, catalogue
from serving.words.words import MINUS, Words, words_of

numbers = st.floats(-1e12, 1e12)
languages = st.sampled_from(LANGUAGES)
in_every_language = pytest.mark.parametrize("language", LANGUAGES)
NOON = moment("2026-11-22T12:30:00Z")


def read(shown: str, language: str) -> float:
    """The number that a reader reads."""
    group, decimal = (".", ",") if language == "de" else (",", ".")
    return float(shown.replace(group, "").replace(decimal, ".").replace(MINUS, "-").replace("+", ""))


@given(numbers, st.integers(0, 4), languages)
def test_a_number_is_read_as_it_was_rounded(value: float, digits: int, language: str) -> None:
    assert read(words_of(language).number(value, digits), language) == round(value, digits)


@given(st.integers(-(10**9), 10**9), languages)
def test_a_number_is_written_as_the_locale_says(tenths: int, language: str) -> None:
    by_babel = format_decimal(tenths / 10, "#,##0.0", locale=language).replace("-", MINUS)
    assert words_of(language).number(tenths / 10, 1) == by_babel


@given(st.integers(0, 100), languages)
def test_a_share_is_written_as_the_locale_says(percent: int, language: str) -> None:
    assert words_of(language).percent(percent / 100) == format_percent(percent / 100, locale=language)


@given(st.floats(0, 1))
def test_a_share_is_rounded_as_python_does(share: float) -> None:
    assert words_of("en").percent(share) == f"{share:.0%}"


@given(numbers, languages)
def test_a_sign_is_that_of_what_is_shown(value: float, language: str) -> None:
    shown = words_of(language).signed(value, 1)
    assert shown[0] == ("+" if round(value, 1) >= 0 else MINUS)
    assert read(shown, language) == round(value, 1)


@given(numbers.filter(lambda value: round(value, 1) != 0))
def test_a_plain_number_is_as_python_writes_it(value: float) -> None:
    assert words_of("en").plain(value, 1) == f"{value:.1f}"
    assert words_of("de").plain_signed(value) == f"{value:+.1f}".replace(".", ",")


@in_every_language
def test_what_rounds_to_nothing_has_no_sign_of_its_own(language: str) -> None:
    words = words_of(language)
    shown = {words.number(v, 1) for v in (0.0, -0.0, -0.04)} | {words.plain(v, 1) for v in (0.0, -0.0, -0.04)}
    assert shown == {words.number(0.0, 1)}
    assert words.signed(-0.0) == words.plain_signed(-0.04) == "+" + words.number(0, 1)


@in_every_language
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_refused(value: float, language: str) -> None:
    words = words_of(language)
    for shown in (words.number, words.percent, lambda value: words.signed(value, 1)):
        with pytest.raises(ValueError, match=r"no number|cannot convert"):
            shown(value)


def test_a_plural_form_is_chosen_by_n() -> None:
    assert [words_of("en")("label.events", n=n, event="x", days=7) for n in (0, 1, 1.5, 2)] == [
        "'x' events in 7 days",
        "'x' event in 7 days",
        "'x' events in 7 days",
        "'x' events in 7 days",
    ]


def test_what_somebody_gave_is_not_read_as_a_text() -> None:
    assert words_of("en")("page.signed_in_as", name="{0.__class__}") == "Signed in as {0.__class__}"
    assert words_of("en").filled("page.signed_in_as", "name")("{name}") == "Signed in as {name}"


def test_a_text_that_is_not_there_is_an_error() -> None:
    assert not words_of("en").has("page.nonsense")
    with pytest.raises(KeyError, match=r"page\.nonsense"):
        words_of("en")("page.nonsense")


def test_a_text_is_filled_whatever_the_order_of_its_values() -> None:
    filled = {language: words_of(language).filled("said.chance", "percent", "days") for language in LANGUAGES}
    for language, chance in filled.items():
        assert chance("7%", "90") == str(catalogue()["said.chance"][language]).format(percent="7%", days="90")


def test_a_moment_is_told_by_the_clock_of_its_zone() -> None:
    assert Words("de", ZoneInfo("Asia/Shanghai")).time(NOON) == "22.11.2026, 20:30"
    assert Words("de", ZoneInfo("America/New_York")).time(NOON) == "22.11.2026, 07:30"


@in_every_language
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_the_first_and_the_last_moments_can_be_told_anywhere(text: str, zone: str, language: str) -> None:
    assert words_of(language, zone).time(moment(text))


def test_how_long_ago_a_moment_was() -> None:
    assert [words_of(language).ago(NOON - 2 * DAY, NOON) for language in LANGUAGES] == [
        "2 days ago",
        "vor 2 Tagen",
        "2天前",
    ]


@in_every_language
def test_a_page_of_numbers_and_moments_is_written_at_once(language: str) -> None:
    """1,000 of each; the library's own way takes some 40 ms."""
    words, start = words_of(language), process_time()
    for i in range(1_000):
        words.number(i / 7, 1), words.signed(i / 7), words.percent(i / 1_000), words.time(NOON - i * DAY // 24)
    assert process_time() - start < 0.1

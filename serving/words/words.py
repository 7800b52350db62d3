"""One language: its texts, and numbers, dates and durations as its readers write them."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from math import isfinite
from string import Formatter
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time, format_timedelta
from babel.numbers import format_currency

from features.moments import DAY, datetime_of, moment
from serving.words.catalogue import LANGUAGES, Text, catalogue

SECOND = 1_000_000
MINUS: Final = "−"
_EARLIEST, _LATEST = moment("0001-01-01") + DAY, moment("9999-12-31") - DAY  # so that any zone can tell them
_KEPT = 4_096  # dates and durations that are kept as they were written


class Words:
    """The words of one language; ``zone``: where its readers' clocks are. Called with a text's name, gives the text.

    >>> Words("de")("page.leads"), Words("de").number(1234.56, 1), Words("zh").percent(0.214)
    ('Leads', '1.234,6', '21%')
    """

    def __init__(self, language: str, zone: tzinfo = UTC) -> None:
        self.language = language
        self._locale, self._zone = Locale.parse(language), zone
        self._plural = lru_cache(_KEPT)(self._locale.plural_form)
        symbols = self._locale.number_symbols["latn"]
        self._signs = str.maketrans({",": symbols["group"], ".": symbols["decimal"], "-": MINUS})
        self._decimal: str = symbols["decimal"]
        self._percent: str = self._locale.percent_formats[None].suffix[0]
        self._money: str = self._locale.currency_formats["standard"].pattern.replace(".00", "")
        self._day_and_time = str(self._locale.datetime_formats["medium"])

    def __call__(self, name: str, /, **values: Any) -> str:
        """The text of this name; ``n`` chooses between one and several. Raises KeyError where there is no such text.

        >>> Words("en")("page.signed_in_as", name="Kim {Lee}")
        'Signed in as Kim {Lee}'
        """
        text = self._text(name, values.get("n", 0))
        return text.format_map(values) if values else text

    def filled(self, name: str, /, *values: str, n: float = 0) -> Callable[..., str]:
        """The text as a function of its values in this order: for what is said again and again.

        >>> Words("de").filled("page.signed_in_as", "name")("Kim")
        'Angemeldet als Kim'
        """
        return _filling(self._text(name, n), values)

    def _text(self, name: str, n: float) -> str:
        text: Text = catalogue()[name][self.language]
        return text if isinstance(text, str) else text.get(self._plural(n), text["other"])

    def has(self, name: str) -> bool:
        """Whether there is a text of this name."""
        return name in catalogue()

    def number(self, value: float, digits: int = 0) -> str:
        """A number with so many digits after the point; what rounds to nothing has no sign.

        Raises ValueError for what is no number: that is to be said in words.

        >>> Words("en").number(-1234.5, 1), Words("de").number(0.5, 2), Words("zh").number(-0.04, 1)
        ('−1,234.5', '0,50', '0.0')
        """
        if not isfinite(value):
            raise ValueError(f"no number to be shown: {value}")
        return f"{round(value, digits) or 0.0:,.{digits}f}".translate(self._signs)

    def signed(self, value: float, digits: int = 1) -> str:
        """A number with its sign; nothing is plus nothing.

        >>> Words("de").signed(11.24), Words("de").signed(-3), Words("de").signed(-0.04)
        ('+11,2', '−3,0', '+0,0')
        """
        return ("+" if round(value, digits) >= 0 else "") + self.number(value, digits)

    def plain(self, value: float, digits: int = 0) -> str:
        """A number within an answer's sentence: no thousands apart, as it may be a year, and a hyphen for a minus.

        >>> Words("en").plain(1998), Words("de").plain(-1234.56, 1), Words("de").plain(-0.04, 1)
        ('1998', '-1234,6', '0,0')
        """
        shown = f"{value:.{digits}f}"
        if shown[0] == "-" and not float(shown):
            shown = shown[1:]
        return shown if self._decimal == "." else shown.replace(".", self._decimal)

    def plain_signed(self, value: float) -> str:
        """The same with its sign and one digit after the point; nothing is plus nothing.

        >>> Words("en").plain_signed(11.24), Words("de").plain_signed(-6), Words("de").plain_signed(-0.04)
        ('+11.2', '-6,0', '+0,0')
        """
        shown = f"{value:+.1f}"
        if shown == "-0.0":
            shown = "+0.0"
        return shown if self._decimal == "." else shown.replace(".", self._decimal)

    def written(self, number: str) -> str:
        """A number that is written with a point, with this language's decimal sign."""
        return number if self._decimal == "." else number.replace(".", self._decimal)

    def percent(self, value: float, digits: int = 0) -> str:
        """A share of 1, in percent.

        >>> Words("en").percent(0.345, 1), Words("de").percent(0.345)
        ('34.5%', '34\\xa0%')
        """
        if not digits and 0 <= value <= 1:  # as most are: no sign, and no thousands
            return f"{100 * value:.0f}{self._percent}"
        return self.number(100 * value, digits) + self._percent

    def money(self, value: float, currency: str) -> str:
        """An amount without cents; ``currency``: its code (ISO 4217).

        >>> Words("en").money(1234.5, "EUR"), Words("de").money(-1234.5, "EUR")
        ('€1,234', '−1.234\\xa0€')
        """
        shown = format_currency(value, currency, self._money, locale=self._locale, currency_digits=False)
        return shown.replace("-", MINUS)

    def day(self, moment: int) -> str:
        """The day of a moment (microseconds).

        >>> [Words(language).day(0) for language in LANGUAGES]
        ['Jan 1, 1970', '01.01.1970', '1970年1月1日']
        """
        return _day(self.language, self._at(moment).date())

    def time(self, moment: int) -> str:
        """The day and the time of a moment, to the minute.

        >>> [Words(language).time(0) for language in ("de", "zh")]
        ['01.01.1970, 00:00', '1970年1月1日 00:00']
        """
        at = self._at(moment)
        return self._day_and_time.format(_clock(self.language, at.hour, at.minute), _day(self.language, at.date()))

    def ago(self, moment: int, now: int) -> str:
        """How long ago a moment was, or in what time it will be.

        >>> Words("en").ago(0, 3 * DAY), Words("de").ago(0, 3 * DAY), Words("zh").ago(DAY, 0)
        ('3 days ago', 'vor 3 Tagen', '1天后')
        """
        return _lasting(self.language, round((moment - now) / SECOND), directed=True)

    def lasting(self, seconds: float) -> str:
        """How long something lasts.

        >>> Words("en").lasting(3 * 86_400), Words("de").lasting(90)
        ('3 days', '2 Minuten')
        """
        return _lasting(self.language, round(seconds), directed=False)

    def _at(self, moment: int) -> datetime:
        return datetime_of(min(max(moment, _EARLIEST), _LATEST)).astimezone(self._zone)


def _filling(text: str, values: Sequence[str]) -> Callable[..., str]:
    """The function that puts values into a text; for two or three in their order, in half the time of ``format``."""
    parts = list(Formatter().parse(text))
    literals = [literal for literal, field, _, _ in parts] + ([""] if parts[-1][1] is not None else [])
    order = [field for _, field, _, _ in parts if field is not None]
    if order == list(values) and len(order) == 2:
        begin, between, end = literals
        return lambda one, two: f"{begin}{one}{between}{two}{end}"
    if order == list(values) and len(order) == 3:
        first, second, third, last = literals
        return lambda one, two, three: f"{first}{one}{second}{two}{third}{three}{last}"
    return text.format_map({value: f"{{{i}}}" for i, value in enumerate(values)}).format


@lru_cache(_KEPT)
def _day(language: str, day: date) -> str:
    return format_date(day, "medium", locale=language)


@lru_cache(_KEPT)
def _clock(language: str, hour: int, minute: int) -> str:
    return format_time(datetime(1970, 1, 1, hour, minute, tzinfo=UTC), "short", locale=language)


@lru_cache(_KEPT)
def _lasting(language: str, seconds: int, *, directed: bool) -> str:
    return format_timedelta(timedelta(seconds=seconds), add_direction=directed, locale=language)


@cache
def words_of(language: str, zone: str = "UTC") -> Words:
    """The words of a language in a time zone (IANA name), made once."""
    return Words(language, ZoneInfo(zone))


def known(language: str) -> bool:
    """Whether the catalogue has a language."""
    return language in LANGUAGES

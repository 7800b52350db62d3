"""One language: its texts, and numbers, dates and durations as its readers write them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time, format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent

from serving.words.catalogue import LANGUAGES, Text, catalogue

SECOND = 1_000_000


class Words:
    """The words of one language; ``zone``: where its readers' clocks are. Called with a text's name, gives the text.

    >>> Words("de")("page.leads"), Words("de").number(1234.56, 1), Words("zh").percent(0.214)
    ('Leads', '1.234,6', '21%')
    """

    def __init__(self, language: str, zone: tzinfo = UTC) -> None:
        self.language = language
        self._locale, self._zone = Locale.parse(language), zone
        self._plural = self._locale.plural_form

    def __call__(self, name: str, /, **values: Any) -> str:
        """The text of this name; ``n`` chooses between one and several. Raises KeyError where there is no such text."""
        text: Text = catalogue()[name][self.language]
        if isinstance(text, Mapping):
            text = text.get(self._plural(values.get("n", 0)), text["other"])
        return text.format_map(values) if values else text

    def has(self, name: str) -> bool:
        """Whether there is a text of this name."""
        return name in catalogue()

    def number(self, value: float, digits: int = 0) -> str:
        """A number with so many digits after the point; what rounds to nothing has no sign."""
        rounded = round(value, digits) or 0.0
        shown = format_decimal(rounded, "#,##0" + ("." + "0" * digits if digits else ""), locale=self._locale)
        return shown.replace("-", "−")

    def signed(self, value: float, digits: int = 1) -> str:
        """A number with its sign; nothing is plus nothing."""
        return ("+" if round(value, digits) >= 0 else "") + self.number(value, digits)

    def percent(self, value: float, digits: int = 0) -> str:
        """A share of 1, in percent."""
        return format_percent(value, "#,##0" + ("." + "0" * digits if digits else "") + "%", locale=self._locale)

    def money(self, value: float, currency: str) -> str:
        """An amount without cents."""
        return format_currency(value, currency, "#,##0 ¤", locale=self._locale, currency_digits=False)

    def day(self, moment: int) -> str:
        """The day of a moment (microseconds)."""
        return format_date(self._at(moment), "medium", locale=self._locale)

    def time(self, moment: int) -> str:
        """The day and the time of a moment, to the minute."""
        at = self._at(moment)
        return f"{format_date(at, 'medium', locale=self._locale)}, {format_time(at, 'short', locale=self._locale)}"

    def ago(self, moment: int, now: int) -> str:
        """How long ago a moment was, or in what time it will be: "3 days ago", "in 2 hours"."""
        away = timedelta(seconds=(moment - now) / SECOND)
        return format_timedelta(away, add_direction=True, locale=self._locale)

    def lasting(self, seconds: float) -> str:
        """How long something lasts: "3 days"."""
        return format_timedelta(timedelta(seconds=seconds), locale=self._locale)

    def _at(self, moment: int) -> datetime:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment)).astimezone(self._zone)


@cache
def words_of(language: str, zone: str = "UTC") -> Words:
    """The words of a language in a time zone (IANA name), made once."""
    return Words(language, ZoneInfo(zone))


def known(language: str) -> bool:
    """Whether the catalogue has a language."""
    return language in LANGUAGES

"""Numbers, lists and days of an agreement, as readers of a language write them."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from babel.dates import format_date, get_day_names

from features.processkeys import WEEKDAYS, BusinessHours
from serving.words.words import Words


def amount(t: Words, value: float) -> str:
    """A number with every digit that it has.

    >>> from serving.words.words import words_of
    >>> amount(words_of("de"), 1234.5), amount(words_of("en"), 14.0)
    ('1.234,5', '14')
    """
    exact = Decimal(repr(float(value))).normalize().as_tuple().exponent
    return t.number(value, max(0, -int(exact)))


def points(t: Words, value: float) -> str:
    """Points with their sign.

    >>> from serving.words.words import words_of
    >>> points(words_of("en"), -6.0), points(words_of("de"), 7.5), points(words_of("en"), 0.0)
    ('−6', '+7,5', '+0')
    """
    return ("+" if value >= 0 else "") + amount(t, value)


def days(t: Words, value: float) -> str:
    """So many days."""
    return t("agreement.days", n=value, days=amount(t, value))


def day(t: Words, on: date) -> str:
    """A day of the calendar."""
    return format_date(on, "medium", locale=t.language)


def either(t: Words, words: Sequence[str]) -> str:
    """Several words of which one holds.

    >>> from serving.words.words import words_of
    >>> either(words_of("en"), ["a", "b", "c"]), either(words_of("zh"), ["a"])
    ('a, b or c', 'a')
    """
    if len(words) < 2:
        return "".join(words)
    return t("agreement.or", others=listed(t, words[:-1]), last=words[-1])


def listed(t: Words, words: Sequence[str]) -> str:
    """Several words, one after the other."""
    return t("agreement.comma").join(words)


def hours(t: Words, agreed: BusinessHours) -> str:
    """When the teams work, without the holidays."""
    names = get_day_names("abbreviated", locale=t.language)
    worked = [WEEKDAYS.index(name) for name in sorted(agreed.days, key=WEEKDAYS.index)]
    unbroken = len(worked) > 2 and worked[-1] - worked[0] == len(worked) - 1
    first, last = names[worked[0]], names[worked[-1]]
    weekdays = t("agreement.span", first=first, last=last) if unbroken else listed(t, [names[i] for i in worked])
    return t("agreement.hours", days=weekdays, opens=agreed.opens, closes=agreed.closes, zone=agreed.zone)

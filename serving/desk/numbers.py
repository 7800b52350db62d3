"""Numbers as people type them: with a decimal point or a decimal comma, in groups of three, with a percent sign."""

import re
from decimal import Decimal
from fractions import Fraction

_DIGITS = re.compile(r"\d{1,15}(\.\d{1,6})?")
_PLAIN = {**dict.fromkeys(map(ord, " \u00a0\u202f\u2009'’_")), ord("，"): ",", ord("．"): "."}


def number_of(text: str, language: str) -> Fraction | None:
    """The number that a reader of a language typed, exactly; None where it is none, or below 0.

    In German the comma is the decimal sign and the point groups; elsewhere the other way round. A sign that cannot
    group, as it stands once and not before three digits, is a decimal sign in any language.

    >>> [str(number_of(t, "de")) for t in ("1.200.000", "12,5", "12.5", "1.200")]
    ['1200000', '25/2', '25/2', '1200']
    >>> [str(number_of(t, "en")) for t in ("1,200,000", "12.5 %", "12,5", "1,200", "twelve", "-1")]
    ['1200000', '25/2', '25/2', '1200', 'None', 'None']
    """
    plain = text.strip().removesuffix("%").removesuffix("％").translate(_PLAIN)
    group, point = (".", ",") if language == "de" else (",", ".")
    if group in plain and not _groups(plain.partition(point)[0], group):
        if point in plain or plain.count(group) > 1:
            return None
        group, point = point, group
    plain = plain.replace(group, "").replace(point, ".")
    return Fraction(plain) if _DIGITS.fullmatch(plain) else None


def canonical(value: Fraction) -> str:
    """A number as every language reads it: nothing groups, and never three digits after the point.

    >>> canonical(Fraction(1_200_000)), canonical(Fraction("12.5")), canonical(Fraction("0.125"))
    ('1200000', '12.5', '0.1250')
    """
    digits = decimals(value)
    return f"{Decimal(value.numerator) / Decimal(value.denominator):.{4 if digits == 3 else digits}f}"


def decimals(value: Fraction) -> int:
    """How many digits a number has after the point, six at most."""
    return next((digits for digits in range(6) if (value * 10**digits).denominator == 1), 6)


def _groups(whole: str, sign: str) -> bool:
    """Whether a sign stands before every three digits of a whole number."""
    first, *rest = whole.split(sign)
    return 1 <= len(first) <= 3 and bool(rest) and all(len(part) == 3 for part in rest)

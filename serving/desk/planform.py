"""The form of the plan, which is its address: what was entered, what is wrong with it, and the plan that it gives."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from serving.desk.figures import StageFigures
from serving.desk.numbers import canonical, decimals, number_of
from serving.desk.plan import Need, Step, Target, needed
from serving.desk.rates import Rate, Span

MONTHS = {"month": 1, "quarter": 3}
CURRENCIES = ("EUR", "USD", "GBP", "CHF", "CNY", "JPY", "SEK", "NOK", "DKK", "PLN", "CZK", "AUD", "CAD", "INR", "SGD")
_CURRENCY_OF = {"de": "EUR", "zh": "CNY"}
_LARGEST = 10**15
_HUNDRED = Fraction(100)


class Field(NamedTuple):
    """A field: what stands in it, the number that it is, and the text that says what is wrong; empty: nothing."""

    name: str
    text: str
    value: Fraction | None
    wrong: str = ""

    @property
    def digits(self) -> int:
        """How many digits the number has after the point."""
        return decimals(self.value) if self.value is not None else 0


class RateField(NamedTuple):
    """The rate from a stage to the next.

    field: empty where ``default`` holds: the own rate (``own``), or else the agreed one; None where there is neither
    """

    stage: str
    after: str
    field: Field
    own: Rate | None
    default: Fraction | None

    @property
    def step(self) -> Step:
        """As the plan counts with it; only of a field that is right."""
        by_hand, own = self.field.value, self.own
        if by_hand is not None:
            return Step(by_hand / _HUNDRED)
        return Step(self.default or Fraction(1), Span(own.share, own.low, own.high) if own else None)


class Form(NamedTuple):
    """All fields; ``unit``: of time, month or quarter; ``is_sent``: whether anything was entered."""

    revenue: Field
    share: Field
    deal: Field
    currency: str
    unit: str
    rates: list[RateField]
    is_sent: bool

    @property
    def is_right(self) -> bool:
        """Whether there is a plan."""
        fields = (self.revenue, self.share, self.deal, *(r.field for r in self.rates))
        return self.is_sent and not any(field.wrong for field in fields)

    @property
    def query(self) -> dict[str, str]:
        """The form as it stands in the plan's address, whose numbers read the same in every language."""
        fields = (self.revenue, self.share, self.deal, *(r.field for r in self.rates))
        told = {field.name: canonical(field.value) for field in fields if field.value is not None}
        return told | {"currency": self.currency, "unit": self.unit}


class Plan(NamedTuple):
    """How many ``deals`` are wanted, and what each stage needs, the first one first."""

    deals: int
    needs: list[Need]


def form_of(query: Mapping[str, str], language: str, stages: Sequence[StageFigures]) -> Form:
    """The form as an address has it; ``stages``: from the first one to the one that counts as a conversion."""
    is_sent = bool({"revenue", "share", "deal"} & query.keys())
    currency, unit = query.get("currency", ""), query.get("unit", "")

    def field(name: str, wrong: Callable[[str, Fraction | None], str], default: str = "") -> Field:
        text = query.get(name, default)[:40]
        value = number_of(text, language)
        return Field(name, text, value, wrong(text, value) if is_sent else "")

    def rate_field(of: StageFigures, after: StageFigures) -> RateField:
        own = of.conversion if of.conversion and of.conversion.hits else None
        agreed = Fraction(str(of.stage.target)) if of.stage.target else None
        default = Fraction(own.hits, own.of) if own else agreed
        found = field(f"rate.{of.stage.stage}", _wrong_percent if default is None else _wrong_percent_if_any)
        return RateField(of.stage.stage, after.stage.stage, found, own, default)

    return Form(
        field("revenue", _wrong_amount),
        field("share", _wrong_percent, default="100"),
        field("deal", _wrong_amount),
        currency if currency in CURRENCIES else _CURRENCY_OF.get(language, "USD"),
        unit if unit in MONTHS else "quarter",
        [rate_field(of, after) for of, after in pairwise(stages)],
        is_sent,
    )


def plan_of(form: Form) -> Plan | None:
    """The plan; None while nothing was entered, or something is wrong."""
    revenue, share, deal = form.revenue.value, form.share.value, form.deal.value
    if not form.is_right or revenue is None or share is None or deal is None:
        return None
    deals = Target(revenue, share / _HUNDRED, deal).deals
    return Plan(deals, needed(deals, [rate.step for rate in form.rates]))


def _wrong_amount(text: str, value: Fraction | None) -> str:
    if not text.strip():
        return "missing"
    if value is None:
        return "no_number"
    return "" if 0 < value <= _LARGEST else "no_amount"


def _wrong_percent(text: str, value: Fraction | None) -> str:
    if not text.strip():
        return "missing"
    if value is None:
        return "no_number"
    return "" if 0 < value <= _HUNDRED else "no_percent"


def _wrong_percent_if_any(text: str, value: Fraction | None) -> str:
    return _wrong_percent(text, value) if text.strip() else ""

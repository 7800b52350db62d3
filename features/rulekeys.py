"""The rules of an agreement: conditions on facts, the points for them, and named tests of a lead."""

from datetime import date
from typing import Annotated, Literal

import msgspec

from features.catalog import KNOWN, Feature, Kind, Labels, Source, Strict, WordClass

Positive = Annotated[float, msgspec.Meta(gt=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Name = Annotated[str, msgspec.Meta(min_length=1)]


class Condition(Strict, frozen=True, kw_only=True):
    """A test on a fact's value; exactly one of its forms.

    equals: the value is this (text without regard to case)
    in: the value is one of these
    from: a number that is this or more
    below: a number that is less than this
    matches: the text holds one of these words or phrases (``*`` for any ending)
    missing: the value is unknown
    """

    equals: str | float | bool | None = None
    one_of: tuple[str | float | bool, ...] = msgspec.field(default=(), name="in")
    at_least: float | None = msgspec.field(default=None, name="from")
    below: float | None = None
    matches: tuple[Name, ...] = ()
    missing: bool = False


class Points(Condition, frozen=True, kw_only=True):
    """The points for one condition.

    points: how many, negative ones too
    as: the name for the texts that ``matches`` finds; without it, the first word
    why: the reason
    """

    points: float
    named: str | None = msgspec.field(default=None, name="as")
    why: str = ""


class Fact(Source, frozen=True, kw_only=True):
    """A fact about a lead and the points agreed for it.

    fact: a short name without spaces, the same in scores, reasons and learned tables
    label: the words that people read
    labels: the same in other languages
    points: points per condition, the first that holds; a lead for which none holds gets 0
    points_each: instead of ``points``: so many points for each (each event, each visit)
    cap: the most (for negative points: the least) that ``points_each`` may add up to
    unit: of the value, such as days or EUR
    why: the reason
    since: the day from which it was agreed
    """

    fact: Name
    label: str = ""
    labels: Labels = Labels()
    points: tuple[Points, ...] = ()
    points_each: float | None = None
    cap: float | None = None
    unit: str = ""
    why: str = ""
    since: date | None = None


class LeadTest(Source, frozen=True, kw_only=True):
    """A named test of one fact: it hits a lead when ``when`` holds.

    name: the words that people read
    when: the condition on the fact's value
    reason: why it was agreed
    """

    name: Name
    when: Condition
    reason: str = ""


class Exclusion(LeadTest, frozen=True, kw_only=True):
    """Leads that are not worked, whatever their points."""


class FastTrack(LeadTest, frozen=True, kw_only=True):
    """Leads that go straight to a stage.

    when: the condition on the fact's value; without it, at least one such event
    to: the stage they go to
    """

    to: Name
    when: Condition = Condition(at_least=1.0)


_SOURCE_FIELDS = Source.__struct_fields__


def source_of(owner: Source) -> Source:
    """The bare source within a fact, an exclusion or a fast-track."""
    return Source(**{name: getattr(owner, name) for name in _SOURCE_FIELDS})


def feature_of(fact: Fact, kind: Kind) -> Feature:
    """The feature that a fact's points are about.

    Where they only ask whether a field is known, so does the feature: its one class, ``known``, holds every
    text, and no learned table then names a value, such as a mail address.
    """
    classes = tuple(WordClass(name=class_name(p), words=p.matches) for p in fact.points if p.matches)
    if fact.field is not None and fact.points and all(p.missing for p in fact.points):
        classes = (KNOWN,)
    return Feature(
        name=fact.fact,
        label=fact.label or fact.fact.replace("_", " "),
        labels=fact.labels,
        kind=kind,
        type=value_type(fact, fact.points, each=fact.points_each is not None),
        source=source_of(fact),
        classes=classes,
        unit=fact.unit,
    )


def class_name(points: Points) -> str:
    """The name of a class of matched texts: what ``as`` says, else its first word."""
    return points.named or points.matches[0]


def value_type(source: Source, conditions: tuple[Condition, ...], *, each: bool) -> Literal["number", "text"]:
    """Whether a fact is a number: measured over events, counted, or compared as one."""
    if source.gives_text is False or each or any(_numeric(c) for c in conditions):
        return "number"
    return "text"


def _numeric(condition: Condition) -> bool:
    values = (condition.equals, *condition.one_of)
    return (
        condition.at_least is not None
        or condition.below is not None
        or any(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    )

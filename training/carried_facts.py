"""Which facts and learned tables a scorecard has once it is carried under another agreement."""

from collections.abc import Container, Sequence
from itertools import count
from typing import NamedTuple

from msgspec.structs import replace

from features.agreement import Agreement
from features.catalog import Feature, Labels
from training.scorecard import Scorecard, Table

BEFORE = "before"  # after a name that a fact of the new agreement needs for itself
_BEFORE_IN = Labels(en=BEFORE, de="bisher", zh="旧版")
_TOTALS = {"fit": ("fit",), "interest": ("interest",), "score": ("fit", "interest")}


class CarriedFacts(NamedTuple):
    """The facts of the new scorecard, their learned tables, and what became of them in words."""

    features: tuple[Feature, ...]
    tables: dict[str, Table]
    told: list[str]


def carried_facts(card: Scorecard, agreement: Agreement) -> CarriedFacts:
    """The agreement's facts, each with the table of its reading, then what else was learned from."""
    agreed = agreement.features
    names: dict[str, str] = {}  # of the old facts, what they are called now
    tables: dict[str, Table] = {}
    beside: list[Feature] = []
    told: list[str] = []
    needed = _needed(card, agreement)
    known = {f.name for f in needed}
    for old in needed:
        new = _same_reading(old, [f for f in agreed if f.name == old.name or f.name not in known], tables)
        if new is None:
            taken = {f.name for f in (*agreed, *beside)}
            new = _renamed(old, names, taken)
            beside.append(new)
            told += _why_beside(old, card.agreement, agreement)
        names[old.name] = new.name
        if old.name in card.tables:
            tables[new.name] = card.tables[old.name]
    told += [
        f"{f.label}: made of agreed points, which changed, so what history says of it goes"
        for f in _gone(card, agreement)
    ]
    if card.tables:
        told += [f"{f.label}: history knows nothing of it yet" for f in agreed if f.name not in tables]
    return CarriedFacts((*agreed, *beside), tables, told)


def _needed(card: Scorecard, agreement: Agreement) -> list[Feature]:
    """The facts with a table that still holds, and those that pairs among them are made of."""
    gone = {f.name for f in _gone(card, agreement)}
    learned = [f for f in card.features if f.name in card.tables and f.name not in gone]
    parts = {name for f in learned if f.source.pair for name in (f.source.pair.first, f.source.pair.second)}
    return [f for f in card.features if f in learned or f.name in parts]


def _gone(card: Scorecard, agreement: Agreement) -> list[Feature]:
    """The learned facts made of agreed points that are others now."""
    made = [f for f in card.features if f.source.points_of is not None and f.name in card.tables]
    return [f for f in made if _points_of(f, card.agreement) != _points_of(f, agreement)]


def _points_of(feature: Feature, agreement: Agreement) -> list[object]:
    """All that the value of a fact made of agreed points depends on."""
    of = feature.source.points_of
    facts = zip(agreement.facts, agreement.features, strict=True)
    return [
        (_reading(read), fact.points, fact.points_each, fact.cap)
        for (kind, fact), read in facts
        if kind in _TOTALS.get(of or "", ()) or fact.fact == of
    ]


def _same_reading(old: Feature, agreed: Sequence[Feature], taken: Container[str]) -> Feature | None:
    """The agreed fact that has the same values: the one of the same name, else one that is new by name only."""
    alike = [f for f in agreed if _reading(f) == _reading(old) and f.name not in taken]
    return next((f for f in alike if f.name == old.name), alike[0] if alike else None)


def _reading(feature: Feature) -> tuple[object, ...]:
    return feature.type, feature.source, feature.classes


def _renamed(old: Feature, names: dict[str, str], taken: Container[str]) -> Feature:
    """The old fact beside the agreed ones, under a name that none of them has."""
    source = old.source
    if source.pair is not None:
        first, second = (names[part] for part in (source.pair.first, source.pair.second))
        source = replace(source, pair=replace(source.pair, first=first, second=second))
    if old.name not in taken:
        return replace(old, source=source)
    numbered = (f"{old.name}_{BEFORE}{n or ''}" for n in count())
    free = next(name for name in numbered if name not in taken)
    return replace(old, source=source, name=free, label=f"{old.label} ({BEFORE})", labels=_earlier(old.labels))


def _earlier(labels: Labels) -> Labels:
    texts = {language: getattr(labels, language) for language in labels.__struct_fields__}
    return Labels(**{n: f"{text} ({getattr(_BEFORE_IN, n)})" for n, text in texts.items() if text})


def _why_beside(old: Feature, before: Agreement, after: Agreement) -> list[str]:
    if old.name not in {f.fact for _, f in before.facts}:
        return []  # it was learned from beside the agreement, and still is
    if old.name in {f.fact for _, f in after.facts}:
        return [f"{old.label}: read otherwise now; what history says of the earlier reading stays beside it"]
    return [f"{old.label}: no longer agreed; what history says of it stays"]

"""A catalog file: facts that are declared once, beside the agreement's, in YAML that people write.

    features:
      - name: order_value
        unit: EUR
        meaning: what they have bought so far, in the last year
        source: {event: order, measure: sum, property: amount, window_days: 365}

What the source decides may be left out. A type must be given where a field, or the last value of a property,
could be read either way, unless a unit (of a number) or classes (of a text) tell; the kind of a pair must be given.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from features.agreement import Agreement
from features.catalog import OTHER, Feature, Kind, Labels, Source, Strict, WordClass
from features.errors import ConfigError
from features.made import TOTALS, made_facts
from features.pairchecks import fault_of
from features.rulechecks import check_name, check_once
from features.rulekeys import Name
from features.sourcechecks import READ_FROM, check_source
from features.texts import text
from features.yamlfile import Document, Path_, read


class Declared(Strict, frozen=True, kw_only=True):
    """One fact as it is declared: what the source decides may be left out.

    name: a short name without spaces, the same in scores, reasons and learned tables
    label: the words that people read; without it, the name
    labels: the same in other languages
    kind: fit (who it is) or interest (what it does); needed for a pair; else interest for events, or points for it
    type: number or text; needed for a field, and for the last value of a property, without a unit or classes
    source: where it is read
    classes: turn a text field into the name of its first matching class, else ``other``
    unit: of a number, such as days or EUR
    meaning: what it says about a lead, and why it may matter
    """

    name: Name
    source: Source
    label: str = ""
    labels: Labels = Labels()
    kind: Kind | None = None
    type: Literal["number", "text"] | None = None
    classes: tuple[WordClass, ...] = ()
    unit: str = ""
    meaning: str = ""

    @property
    def feature(self) -> Feature:
        """The fact with everything that may be left out.

        >>> age = Declared(name="lead_age", source=Source(lead="age_days")).feature
        >>> age.label, age.kind, age.type
        ('lead age', 'fit', 'number')
        """
        of_interest = self.source.event is not None or self.source.points_of == "interest"
        return Feature(
            name=self.name,
            label=self.label or self.name.replace("_", " "),
            labels=self.labels,
            kind=self.kind or ("interest" if of_interest else "fit"),
            type=self.type or ("number" if self.source.gives_text is False or self.unit else "text"),
            source=self.source,
            classes=self.classes,
            unit=self.unit,
            meaning=self.meaning,
        )


class Catalog(Strict, frozen=True, kw_only=True):
    """Facts to learn from, beside the agreement's.

    features: the facts, each declared once
    """

    features: tuple[Declared, ...]


def load_catalog(path: Path, agreement: Agreement | None = None) -> tuple[Feature, ...]:
    """The facts of a catalog file, as ``read_catalog`` reads and checks it."""
    return tuple(d.feature for d in read_catalog(path, agreement))


def read_catalog(path: Path, agreement: Agreement | None = None) -> tuple[Declared, ...]:
    """Read and check a catalog file; with the ``agreement`` also against its facts.

    Raises ConfigError, which names the line, what was expected and the nearest valid name.
    """
    document = read(path, ConfigError)
    declared = document.into(Catalog).features
    check_declared(declared, document, agreement)
    return declared


def check_declared(declared: Sequence[Declared], document: Document, agreement: Agreement | None = None) -> None:
    """Refuse declarations under ``features`` of a document that cannot be read as they stand."""
    names: dict[str, Path_] = {}
    agreed = {feature.name: feature for feature in agreement.features} if agreement else {}
    for i, one in enumerate(declared):
        path: Path_ = ("features", i)
        check_name(one.name, (*path, "name"), document)
        check_once("fact", one.name, names, path, document)
        if one.name in agreed:
            what = f"the agreement has a fact called '{one.name}'"
            raise document.refuse(what, (*path, "name"), do="give this one another name, or take it out")
        check_source(one.source, (*path, "source"), document, READ_FROM)
        _check_type(one, path, document)
        _check_classes(one, path, document)
        _check_points(one, path, document, agreement)
    facts = agreed | {one.name: one.feature for one in declared}
    for i, one in enumerate(declared):
        _check_pair(one, ("features", i), document, facts, all_known=agreement is not None)


def _check_type(one: Declared, path: Path_, document: Document) -> None:
    gives_text = one.source.gives_text
    if one.type is None and gives_text is None and bool(one.unit) == bool(one.classes):
        what = one.source.field or f"the last {one.source.property}"
        raise document.refuse(f"is '{what}' a number or a text?", path, do="add 'type: number' or 'type: text'")
    fits: tuple[str, ...] = ("number", "text") if gives_text is None else ("text",) if gives_text else ("number",)
    if one.type is not None and one.type not in fits:
        raise document.refuse(
            f"what is read here is a {fits[0]}", (*path, "type"), got=one.type, do=f"write '{fits[0]}', or take it out"
        )
    if one.unit and one.feature.type == "text":
        raise document.refuse("a text has no unit", (*path, "unit"), got=one.unit, do="take it out")


def _check_classes(one: Declared, path: Path_, document: Document) -> None:
    if one.classes and (one.source.field is None or one.feature.type != "text"):
        raise document.refuse("classes are made of a text field", (*path, "classes"), do="take them out")
    names: dict[str, Path_] = {}
    for i, of_words in enumerate(one.classes):
        spot: Path_ = (*path, "classes", i)
        plain = text(of_words.name)
        if plain is None or plain == OTHER:
            raise document.refuse(
                f"a class cannot be called '{of_words.name}'",
                spot,
                allowed=f"any other name: '{OTHER}' is the class of the texts that match nothing",
            )
        check_once("class", plain, names, spot, document)
        if not of_words.words or any(text(word) is None for word in of_words.words):
            raise document.refuse(f"the class '{of_words.name}' has no words", spot, do="list words, such as 'data'")


def _check_points(one: Declared, path: Path_, document: Document, agreement: Agreement | None) -> None:
    """Refuse points of itself, and of what is no fact of the agreement."""
    of, spot = one.source.points_of, (*path, "source", "points_of")
    if of == one.name and of not in TOTALS:
        allowed = f"a fact of the agreement, {', '.join(TOTALS[:-1])} or {TOTALS[-1]}"
        raise document.refuse("a feature cannot refer to itself", spot, got=of, allowed=allowed)
    if agreement is not None and of is not None:
        try:
            made_facts([one.feature], agreement)
        except ConfigError as error:
            raise document.refuse(error.what, spot, got=error.got, do=error.do) from None


def _check_pair(one: Declared, path: Path_, document: Document, facts: dict[str, Feature], *, all_known: bool) -> None:
    """Refuse a pair of what cannot be one; unless ``all_known``, it may be of facts that are declared elsewhere."""
    if one.source.pair is None:
        return
    if one.kind is None:
        raise document.refuse("is this pair fit or interest?", path, do="add 'kind: fit' or 'kind: interest'")
    fault = fault_of(one.source.pair, facts, all_known=all_known)
    if fault is not None:
        key, what, got, allowed, do = fault
        raise document.refuse(what, (*path, "source", "pair", key), got=got, allowed=allowed, do=do)

"""What a profile field says: a number, a text in its normal form, what is derived from it, or its class."""

from collections.abc import Callable, Sequence
from functools import lru_cache

from features.catalog import OTHER, Feature, Value, WordClass
from features.derive import DERIVATIONS
from features.tables import Scalar
from features.texts import number, text, word_pattern

FieldReader = Callable[[Scalar], Value]

REMEMBERED, LONGEST = 4_096, 100  # texts whose words were looked through are kept at hand: how many, and of what length
_OF_WORDS = frozenset({"seniority", "persona"})


def field_reader(feature: Feature, missing: frozenset[str] = frozenset()) -> FieldReader:
    """The function from a field's raw value to the feature's value; ``missing``: normal texts that mean unknown.

    The function raises TypeError, ValueError or OverflowError for a value that is no number where one is due.
    """
    if feature.type == "number":
        return lambda value: None if missing and text(value) in missing else number(value)
    derive = DERIVATIONS[feature.source.derive] if feature.source.derive else None
    classify = _classifier(feature.classes) if feature.classes else None

    def read(value: Scalar) -> Value:
        plain = text(value)
        if plain is None or plain in missing:
            return None
        if derive is not None:
            plain = derive(plain)
        return classify(plain) if classify is not None and plain is not None else plain

    return _remembering(read) if classify or feature.source.derive in _OF_WORDS else read


def _remembering(read: FieldReader) -> FieldReader:
    """The same for texts that come again and again, such as job titles."""
    remembered = lru_cache(maxsize=REMEMBERED)(read)
    return lambda value: remembered(value) if isinstance(value, str) and len(value) <= LONGEST else read(value)


def _classifier(classes: Sequence[WordClass]) -> Callable[[str], str]:
    patterns = [(text(c.name) or OTHER, word_pattern(c.words)) for c in classes]
    return lambda plain: next((name for name, pattern in patterns if pattern.search(plain)), OTHER)

"""What facts are called in a language: as the agreement says, else composed of where they are read."""

from collections.abc import Mapping, Sequence

from features.catalog import Feature, Source
from features.pairs import BOTH
from serving.words.words import Words, words_of


def labels_in(words: Words, features: Sequence[Feature]) -> dict[str, str]:
    """The labels of facts by name; one that nobody wrote is composed anew, any other stays where it has no language.

    >>> source = Source(event="page_view", window_days=30.0)
    >>> views = Feature(name="v", label="'page view' events in 30 days", kind="interest", type="number", source=source)
    >>> labels_in(Words("de"), [views])
    {'v': 'Ereignisse „page view“ in 30 Tagen'}
    """
    english, told = {f.name: f.label for f in features}, {f.name: _label(words, f) for f in features}
    of_pairs = {f.name: _of_pair(f, english, told) for f in features if f.source.pair is not None}
    return told | {name: label for name, label in of_pairs.items() if label}


def single_label(words: Words, feature: Feature, label: str) -> str:
    """What one of them is called; the same as many, where the label is its author's."""
    return _composed(words, feature.source, 1) if _is_composed(feature) else label


def _label(words: Words, feature: Feature) -> str:
    own: str = getattr(feature.labels, words.language, "")
    return own or (_composed(words, feature.source) if _is_composed(feature) else feature.label)


def _is_composed(feature: Feature) -> bool:
    return feature.label == _composed(words_of("en"), feature.source)


def _composed(words: Words, source: Source, n: float = 2) -> str:
    """What ``training.derived`` calls a fact; empty for what it does not make."""
    if source.event == "any" and source.measure == "days_since_last":
        return words("label.last_event")
    if source.event is None or source.window_days is None:
        return ""
    return words("label.events", n=n, event=source.event.replace("_", " "), days=words.plain(source.window_days))


def _of_pair(feature: Feature, english: Mapping[str, str], told: Mapping[str, str]) -> str:
    """The label of a pair that was made of those of its two facts; empty where its author wrote another."""
    pair = feature.source.pair
    if pair is None or not {pair.first, pair.second} <= english.keys():
        return ""
    made = BOTH.format(english[pair.first], english[pair.second])
    return BOTH.format(told[pair.first], told[pair.second]) if feature.label == made else ""

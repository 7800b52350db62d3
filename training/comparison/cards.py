"""What one scorecard says otherwise than another, in words for a data scientist and a sales lead alike."""

from typing import NamedTuple

from features.agreement import Agreement
from features.describe import number_words, source_words
from features.diff import differences
from training.additive import AdditiveScorer, probability
from training.comparison.points import changes
from training.scorecard import Scorecard


class Differences(NamedTuple):
    """Sentences by what they are about; empty where both say the same."""

    agreement: list[str]
    facts: list[str]
    points: list[str]
    scale: list[str]

    @property
    def none(self) -> bool:
        """Whether both say the same."""
        return not any(self)


def compare_cards(before: Scorecard, after: Scorecard) -> Differences:
    """What ``after`` says otherwise than ``before``."""
    return Differences(
        agreement=differences(before.agreement, after.agreement),
        facts=_facts(before, after),
        points=[change.sentence for change in changes(before, after)],
        scale=[*_weight(before, after), *_base(before, after), *_probabilities(before, after)],
    )


def title(card: Scorecard) -> str:
    """A scorecard in a line: its version, and what it was learned from."""
    history = card.history
    learned = f"trained {history.trained_at[:10]} on {history.leads:,} leads" if history else "no history"
    return f"{card.name} version {card.model_version} ({learned}, agreement {card.agreement.version})"


def _facts(before: Scorecard, after: Scorecard) -> list[str]:
    old, new = ({f.name: f for f in card.features} for card in (before, after))
    sentences = [f"no longer read: {old[name].label}" for name in old if name not in new]
    sentences += [f"newly read: {f.label}, {source_words(f.source)}" for name, f in new.items() if name not in old]
    for name in (name for name in old if name in new):
        was, now = source_words(old[name].source), source_words(new[name].source)
        if was != now:
            sentences.append(f"read otherwise: {new[name].label} is {now} instead of {was}")
    return sentences


def _weight(before: Scorecard, after: Scorecard) -> list[str]:
    w = [f"{card.weight_of_history:.0%}" for card in (before, after)]
    return [f"history counts {w[1]} instead of {w[0]}"] if w[0] != w[1] else []


def _base(before: Scorecard, after: Scorecard) -> list[str]:
    base = [f"{AdditiveScorer(card).base:.1f}" for card in (before, after)]
    of = "a lead of whom nothing is known has"
    return [f"{of} {base[1]} points instead of {base[0]}"] if base[0] != base[1] else []


def _probabilities(before: Scorecard, after: Scorecard) -> list[str]:
    """What the scores at which stages begin mean."""
    sentences = []
    for score, stages in _thresholds(after.agreement).items():
        meant = [f"{probability(card.scale_a, card.scale_b, score):.1%}" for card in (before, after)]
        if meant[0] != meant[1]:
            at = f"{number_words(score)} points ({stages})"
            sentences.append(f"{at} mean a probability of {meant[1]} instead of {meant[0]}")
    return sentences


def _thresholds(agreement: Agreement) -> dict[float, str]:
    found: dict[float, str] = {}
    for stage in agreement.stages:
        if stage.threshold is not None and stage.on == "score":
            named = found.get(stage.threshold)
            found[stage.threshold] = f"{named}, {stage.stage}" if named else stage.stage
    return found

"""An agreement in words, one sentence each: what both teams can read aloud."""

from collections.abc import Iterator

from features.agreement import Agreement
from features.describe import amount, fact_words, rule_words, stage_words, test_words
from features.processwords import process_words


def in_words(agreement: Agreement) -> list[str]:
    """Everything that counts for a lead, and how leads move."""
    return [*_scale(agreement), *_rules(agreement), *(f"{what}: {how}" for what, how in process_words(agreement))]


def _scale(agreement: Agreement) -> Iterator[str]:
    conversion, bounds = agreement.conversion, agreement.bounds
    horizon = amount(conversion.horizon_days, "days")
    yield f"a conversion is {conversion.definition} (stage {conversion.stage}) within {horizon}"
    yield f"{amount(agreement.points_double_odds, 'points')} more double the odds of it"
    yield f"history counts at most {agreement.largest_weight_of_history:.0%}"
    if bounds is not None:
        yield f"scores are cut to {bounds.low:g} to {bounds.high:g}"


def _rules(agreement: Agreement) -> Iterator[str]:
    for kind, fact in agreement.facts:
        why = f" ({fact.why})" if fact.why else ""
        yield f"{kind}: {rule_words(fact) if fact.points or fact.points_each else fact_words(fact)}{why}"
    for exclusion in agreement.exclusions:
        yield f"excluded: {exclusion.name}, {test_words(exclusion)}"
    for track in agreement.fast_tracks:
        yield f"straight to {track.to}: {track.name}, {test_words(track)}"
    for stage in agreement.stages:
        yield f"{stage.stage} ({stage.owner}): {stage.definition}; {stage_words(stage)}"
    for letter, lowest in agreement.grades.items():
        yield f"grade {letter} begins at {amount(lowest, 'points')}"

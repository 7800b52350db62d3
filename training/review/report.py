"""What a review found: sentences for people, a table for programs, the pictures."""

from collections.abc import Iterator, Sequence

import altair as alt
import pandas as pd

from features.describe import fact_words, rule_words
from training.plots.review import review_chart
from training.review.effect import Effect
from training.review.proposal import Proposal
from training.review.review import Missing, Review
from training.review.special import Hits
from training.review.verdicts import Reviewed

CHARTS = ("rules",)
TEXTS = ("review.csv", "review.txt", "proposal.yaml", "proposal.diff")
FIRST = 5  # leads that are named
NO_RULE = "no rule"


def table(review: Review) -> pd.DataFrame:
    """One row per rule, in the order of the file, then the missing ones with the verdict ``no rule``.

    agreed, learned, low, high, margin are points, of each for ``points_each``.
    """
    rows = [_row(rule, rule.verdict) for rule in review.rules]
    return pd.DataFrame(rows + [_row(rule, NO_RULE) for missing in review.missing for rule in missing.rules])


def _row(rule: Reviewed, verdict: str) -> dict[str, object]:
    return {
        "kind": rule.rule.kind,
        "fact": fact_words(rule.rule.fact),
        "condition": rule.rule.condition,
        "agreed": rule.agreed,
        "learned": rule.learned,
        "low": rule.low,
        "high": rule.high,
        "margin": rule.margin,
        "leads": rule.leads,
        "converted": rule.converted,
        "verdict": verdict,
        "fires": rule.fires,
    }


def sentences(review: Review, hits: Sequence[Hits] = ()) -> Iterator[str]:
    """What the numbers mean, for people who do not read tables."""
    yield _counted(review)
    for rule in review.against:
        yield f"{rule.sentence}."
    for missing in review.missing:
        yield missing_words(missing)
    for rule in review.rules:
        if rule.fires == "never":
            yield f"{rule.sentence}."
        elif rule.fires == "nearly always":
            many = f"{rule.leads:,} of {rule.leads_in_all:,} leads meet it"
            yield f"{rule.rule.words}: {many}, so it hardly tells them apart."
    for hit in hits:
        if hit.fires != "sometimes":
            yield hit.sentence


def _counted(review: Review) -> str:
    agree = sum(rule.verdict == "agrees" for rule in review.rules)
    few = sum(rule.verdict == "not enough leads" for rule in review.rules)
    return (
        f"{len(review.rules)} rules held against {review.leads:,} leads, of which {review.converted:,} converted: "
        f"{agree} agree, history speaks against {len(review.against)}, and for {few} there are not enough leads."
    )


def missing_words(missing: Missing) -> str:
    """A missing rule, for people."""
    found = [f"{r.low:+.1f} to {r.high:+.1f} from {r.leads:,} leads" for r in missing.rules]
    return f"No rule, but history would give: {rule_words(missing.fact)} ({'; '.join(found)})."


def effect_sentences(proposal: Proposal, effect: Effect) -> Iterator[str]:
    """What a proposal would change, for people."""
    yield effect.sentence
    if effect.moves.moved:
        named = [f"{m.lead_id} from {m.before} to {m.after}" for m in effect.moves.moved[:FIRST]]
        yield f"The first of them: {', '.join(named)}."
    if proposal.restated:
        these = ", ".join(f"'{name}'" for name in proposal.restated)
        yield f"Worked examples stated anew, so read them again with their comments: {these}."


def effect_table(effect: Effect) -> pd.DataFrame:
    """One row per stage: how many leads it holds and how many of these convert, by both agreements."""
    rows = [
        {
            "stage": stage,
            "leads": effect.moves.counts[stage][0],
            "leads_proposed": effect.moves.counts[stage][1],
            "converted": effect.converted[stage][0],
            "converted_proposed": effect.converted[stage][1],
        }
        for stage in effect.moves.stages
    ]
    return pd.DataFrame(rows)


def charts(review: Review) -> dict[str, alt.TopLevelMixin]:
    """The pictures by name."""
    return {"rules": review_chart(table(review))}

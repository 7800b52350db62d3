"""What a review found: sentences for people, a table for programs, the pictures."""

from collections.abc import Iterator
from typing import NamedTuple

import altair as alt
import pandas as pd

from features.describe import fact_words, rule_words
from training.plots.review import review_chart
from training.review.effect import Effect
from training.review.findings import Findings
from training.review.review import Missing, Review
from training.review.verdicts import Reviewed

CHARTS = ("rules",)
TEXTS = ("review.csv", "effect.csv", "review.txt", "proposal.yaml", "proposal.diff")
FIRST = 5  # leads that are named
NO_RULE = "no rule"


def rows_of(review: Review) -> list[tuple[Reviewed, str]]:
    """Every rule with its verdict in the order of the file, then the missing ones with ``no rule``."""
    missing = [(rule, NO_RULE) for missing in review.missing for rule in missing.rules]
    return [*((rule, rule.verdict) for rule in review.rules), *missing]


def table(review: Review) -> pd.DataFrame:
    """One row per rule, as ``rows_of``. Agreed, learned, low, high and margin are points, of each where each counts."""
    return pd.DataFrame([_row(rule, verdict) for rule, verdict in rows_of(review)], columns=list(_Row._fields))


class _Row(NamedTuple):
    kind: str
    fact: str
    condition: str
    agreed: float
    learned: float
    low: float
    high: float
    margin: float
    leads: int
    converted: int
    fires: str
    verdict: str


def _row(found: Reviewed, verdict: str) -> _Row:
    rule, points = found.rule, (found.agreed, found.learned, found.low, found.high, found.margin)
    counts = (found.leads, found.converted, found.fires)
    return _Row(rule.kind, fact_words(rule.fact), rule.condition, *points, *counts, verdict)


def sentences(found: Findings) -> Iterator[str]:
    """What the numbers mean, for people who do not read tables."""
    yield _counted(found.review)
    for rule in found.review.against:
        yield f"{rule.sentence}."
    for missing in found.review.missing:
        yield _missing_words(missing)
    yield from _too_often(found)
    if found.fault:
        yield f"Nothing is proposed, as the proposal would not hold together: {found.fault}."
    if found.effect is not None:
        yield from _effect_words(found.effect)
    if found.proposal is not None and found.proposal.restated:
        these = ", ".join(f"'{name}'" for name in found.proposal.restated)
        yield f"The proposal states worked examples anew, so read them again, with their comments: {these}."


def _counted(review: Review) -> str:
    verdicts = [rule.verdict for rule in review.rules]
    return (
        f"{len(verdicts)} rules held against {review.leads:,} leads, of which {review.converted:,} converted: "
        f"{verdicts.count('agrees')} agree, history speaks against {len(review.against)}, and for "
        f"{verdicts.count('not enough leads')} there are not enough leads."
    )


def _missing_words(missing: Missing) -> str:
    found = [f"{r.low:+.1f} to {r.high:+.1f} from {r.leads:,} leads" for r in missing.rules]
    return f"No rule, but history would give: {rule_words(missing.fact)} ({'; '.join(found)})."


def _too_often(found: Findings) -> Iterator[str]:
    """Rules that hit nobody, or nearly everybody."""
    for rule in found.review.rules:
        if rule.fires == "never":
            yield f"{rule.sentence}."
        elif rule.fires == "nearly always":
            many = f"{rule.leads:,} of {rule.leads_in_all:,} leads meet it"
            yield f"{rule.rule.words}: {many}, so it hardly tells them apart."
    for hit in found.hits:
        if hit.fires != "sometimes":
            yield hit.sentence


def _effect_words(effect: Effect) -> Iterator[str]:
    yield f"By the proposal: {effect.sentence}"
    if effect.moves.moved:
        named = [f"{m.lead_id} from {m.before} to {m.after}" for m in effect.moves.moved[:FIRST]]
        yield f"The first of them: {', '.join(named)}."


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


def texts(found: Findings) -> dict[str, str]:
    """The tables and texts by file name; those of the proposal only where there is one."""
    written = {"review.csv": table(found.review).to_csv(index=False), "review.txt": "\n".join(sentences(found)) + "\n"}
    if found.proposal is not None and found.effect is not None:
        written |= {"proposal.yaml": found.proposal.text, "proposal.diff": found.proposal.diff}
        written["effect.csv"] = effect_table(found.effect).to_csv(index=False)
    return written

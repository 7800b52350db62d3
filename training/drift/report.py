"""What a drift watch found: sentences for people, a table and JSON for programs, and the pictures."""

import os
from collections.abc import Iterator
from pathlib import Path

import altair as alt
import msgspec
import pandas as pd

from features.errors import DataError
from training.drift.chance import LARGE, LITTLE, ODDS
from training.drift.watch import Drift, Watched
from training.plots.calibration import calibration_chart
from training.plots.drift import base_rate_chart, fact_drift_chart, nothing_yet, score_drift_chart
from training.plots.saving import files_of, save_all

CHARTS = ("facts", "scores", "base_rate", "calibration")
TEXTS = ("drift.txt", "drift.json", "facts.csv")
FEW = 100  # recent leads; a share of a half is then known to within ten points
NAMED = 8  # facts in a sentence
CALIBRATION = "Probabilities of recent leads and what came"


def sentences(found: Watched) -> Iterator[str]:
    """What was compared, what drifted, and what to know beside."""
    drift = found.drift
    yield (
        f"{drift.model} version {drift.version}: {drift.leads:,} recent leads, {drift.since} to {drift.until}, against "
        f"{drift.reference}."
    )
    if found.after.worth < FEW:
        yield f"With {drift.leads:,} recent leads only a large drift can be told from chance."
    yield from alarms(drift)
    yield from _calm(drift)
    yield from (f"Note: {note}." for note in drift.notes)
    yield verdict(drift)


def alarms(drift: Drift) -> Iterator[str]:
    """What drifted so that it matters."""
    yield from (fact.sentence for fact in drift.facts if fact.matters)
    if drift.score.matters:
        yield drift.score.sentence
    if drift.level and drift.level.matters:
        yield drift.level.sentence
    yield from (c.sentence for c in drift.calibration if c.matters)


def _calm(drift: Drift) -> Iterator[str]:
    """What did not, as far as it is worth saying."""
    small = [fact.label for fact in drift.facts if fact.surely and not fact.matters]
    if small:
        more = f" and {len(small) - NAMED} more" if len(small) > NAMED else ""
        yield f"Drifted too, but hardly moves scores: {', '.join(small[:NAMED])}{more}."
    if not any(fact.surely for fact in drift.facts):
        yield "No fact is spread otherwise than before by more than chance."
    if not drift.score.matters:
        yield drift.score.sentence
    if drift.level and not drift.level.matters:
        yield drift.level.sentence
    yield from (c.sentence for c in drift.calibration if not c.matters)


def verdict(drift: Drift) -> str:
    """The last word: what drifted that matters, or that nothing did."""
    facts = [fact.label for fact in drift.facts if fact.matters]
    said = [f"{len(facts)} fact{'s' if len(facts) > 1 else ''}"] if facts else []
    said += ["the scores"] if drift.score.matters else []
    said += ["the base rate"] if drift.level and drift.level.matters else []
    said += ["the calibration"] if any(c.matters for c in drift.calibration) else []
    if said:
        return f"Drifted so that it matters: {', '.join(said)}."
    return (
        "Nothing drifted that matters, that is: more than chance would in 99 of 100 cases, and enough to change odds "
        f"by a factor of {ODDS:g}, or of {LITTLE:g} where values are spread quite otherwise (PSI from {LARGE:g})."
    )


def plain(drift: Drift) -> str:
    """Everything as JSON."""
    return msgspec.json.format(msgspec.json.encode(drift), indent=1).decode() + "\n"


def facts_table(drift: Drift) -> pd.DataFrame:
    """One row per fact and bin: shares before and after, and what is known of the fact."""
    rows = [
        {
            "fact": fact.fact,
            "bin": one.name,
            "before": one.before,
            "after": one.after,
            **fact.difference._asdict(),
            "q": fact.q,
            "shift": fact.shift,
            "moved": fact.moved,
            "matters": fact.matters,
        }
        for fact in drift.facts
        for one in fact.bins
    ]
    return pd.DataFrame(rows)


def charts(found: Watched) -> dict[str, alt.TopLevelMixin]:
    """The pictures by name: facts, scores, the share that converts, calibration."""
    drift, finished = found.drift, found.finished
    after = drift.level.periods if drift.level else ()
    before = found.before.periods if found.before.dated == finished.dated else ()
    shown = {_role(c.version, drift): finished.versions == c.version for c in drift.calibration if c.current}
    drawn = (
        fact_drift_chart(drift.facts),
        score_drift_chart(found.before, found.after, drift.score),
        base_rate_chart(before, after, dated=finished.dated),
        nothing_yet(CALIBRATION),
    )
    for name, rows in shown.items():
        given = {name: finished.probability[rows]}
        drawn = (*drawn[:-1], calibration_chart(finished.converted[rows], given, finished.whose[rows], CALIBRATION))
    return dict(zip(CHARTS, drawn, strict=True))


def _role(version: str, drift: Drift) -> str:
    return f"champion (version {version})" if version == drift.version else f"former champion (version {version})"


def files() -> list[str]:
    """The names of the files that ``save`` writes."""
    return files_of(CHARTS, TEXTS)


def save(found: Watched, to: Path) -> None:
    """Write pictures and texts into a folder, whole or not at all; raises DataError as ``save_all`` does."""
    texts = ("\n".join(sentences(found)) + "\n", plain(found.drift), facts_table(found.drift).to_csv(index=False))
    save_all(to, charts(found), dict(zip(TEXTS, texts, strict=True)))


def write_json(drift: Drift, to: Path) -> None:
    """Write everything as JSON into a file, whole or not at all; raises DataError where it cannot."""
    partial = to.with_name(f".{to.name}.{os.getpid()}.partial")
    try:
        partial.write_text(plain(drift), "utf-8")
        partial.replace(to)
    except OSError as error:
        raise DataError("cannot write the numbers", where=str(to), got=error.strerror or str(error)) from None
    finally:
        partial.unlink(missing_ok=True)

"""The drift watch: recent leads against those that the champion learned from, probabilities against outcomes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from features.errors import ConfigError, DataError
from training.assemble import load_configured
from training.dataset import Dataset
from training.drift.calibration import Calibrated, calibrated
from training.drift.champion import Champion
from training.drift.facts import FactDrift, fact_drifts
from training.drift.finished import Finished, recomputed
from training.drift.level import Level, level_of
from training.drift.outcomes import outcomes_of
from training.drift.profile import Profile, profile_of, reference_of
from training.drift.scores import ScoreDrift, score_drift
from training.drift.served import read_scores, served
from training.drift.span import Span, learned_until, span_of, words_of
from training.leads import Leads
from training.promotion.verdict import not_comparable
from training.scorecard import Scorecard


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """What the watch found.

    model, version: what is watched; leads, rows: how many recent leads, and their snapshots
    since, until: of the recent leads, as words; reference: what they are compared with, as words
    level, calibration: None and empty where no horizon has passed yet
    notes: what should be known beside; matters: whether anything drifted that matters
    """

    model: str
    version: str
    leads: int
    rows: int
    since: str
    until: str
    reference: str
    facts: tuple[FactDrift, ...]
    score: ScoreDrift
    level: Level | None
    calibration: tuple[Calibrated, ...]
    notes: tuple[str, ...]
    matters: bool


@dataclass(frozen=True)
class Watched:
    """A drift with what its pictures are drawn from; ``finished``: may hold no row."""

    drift: Drift
    before: Profile
    after: Profile
    finished: Finished


def watch(leads: Leads, champion: Champion, *, scores: Path | None = None, since: str | None = None) -> Watched:
    """Compare the recent leads of a configuration with those that the champion learned from.

    Recent are leads read after the last whose outcome it has learned. They are compared with the profile that is kept
    with the version, or with earlier leads of the same data where none is. Outcomes count where their horizon has
    passed.

    scores: scores as they were served; without them, the champion's are computed again as of each snapshot
    since: a moment (ISO 8601), or a number where the order of time is one; recent leads are then those from it on

    Raises ConfigError where the configuration predicts something else, DataError where there are no recent leads, or
    nothing to compare them with.
    """
    card = champion.card
    _refuse_other(leads, card)
    scored = None if scores is None else read_scores(scores)
    data = _read(leads, card)
    span = span_of(card, data, since)
    recent = data.take(span.recent)
    leads.step("comparing", 0, 1)
    before, reference = _before(champion, data, span)
    after = profile_of(card, recent, before)
    if scored is None:
        finished = recomputed(card, recent)
    else:
        known = outcomes_of(leads, data)
        finished = served(scored, known, lambda v: _learned_by(champion, v, data.horizon), span.asked)
    compared = _compared(champion, before, after, finished)
    notes = (*span.notes, *finished.notes, *_waiting(recent, finished))
    leads.step("comparing", 1, 1)
    drift = msgspec.structs.replace(compared, reference=reference, notes=notes)
    return Watched(drift, before, after, finished)


def _refuse_other(leads: Leads, card: Scorecard) -> None:
    """Raise ConfigError where the configuration's probabilities are not of what the champion predicts."""
    other = not_comparable(card.agreement, leads.agreement)
    if other:
        do = "give the configuration that the champion was trained with, or train again"
        raise ConfigError("the configuration is not of this champion", where=str(leads.path), got=other, do=do)


def _read(leads: Leads, card: Scorecard) -> Dataset:
    """The leads as the champion reads them, also those whose horizon has not passed."""
    settings = leads.config, leads.agreement, leads.path, leads.data, leads.step
    return load_configured(*settings, reader=card, unfinished=True)


def _learned_by(champion: Champion, version: str, horizon: float) -> float | None:
    card = champion.version_of(version)
    return None if card is None else learned_until(card, horizon)


def _before(champion: Champion, data: Dataset, span: Span) -> tuple[Profile, str]:
    """What recent leads are compared with, and which leads these are."""
    kept = champion.reference
    if kept is not None:
        return kept, f"{kept.leads:,} leads that it learned from, {_dates(kept)}"
    if not len(span.earlier):
        got = "no profile is kept with the version, and the data hold no earlier lead"
        do = "give data that hold the leads it learned from, or train again"
        raise DataError("there is nothing to compare with", got=got, do=do)
    made = reference_of(champion.card, data.take(span.earlier))
    return made, f"{made.leads:,} earlier leads of the data, {_dates(made)}"


def _dates(profile: Profile) -> str:
    return " to ".join(words_of(at, dated=profile.dated) for at in (profile.begins, profile.ends))


def _compared(champion: Champion, before: Profile, after: Profile, finished: Finished) -> Drift:
    card = champion.card
    facts = fact_drifts(card, before, after)
    score = score_drift(card, before, after, facts)
    level = level_of(finished, before) if len(finished) else None
    calibration = calibrated(finished, card.model_version, _tested(champion, finished)) if len(finished) else ()
    return Drift(
        model=card.name,
        version=card.model_version,
        leads=after.leads,
        rows=after.rows,
        since=words_of(after.begins, dated=after.dated),
        until=words_of(after.ends, dated=after.dated),
        reference="",
        facts=facts,
        score=score,
        level=level,
        calibration=calibration,
        notes=(),
        matters=score.matters
        or bool(level and level.matters)
        or any(f.matters for f in facts)
        or any(c.matters for c in calibration),
    )


def _tested(champion: Champion, finished: Finished) -> dict[str, float]:
    """What each version's AUC was on the later leads of its run, where that is known."""
    cards = {v: champion.version_of(v) for v in np.unique(finished.versions).tolist()}
    histories = {v: card.history for v, card in cards.items() if card is not None and card.history is not None}
    return {v: h.metrics["auc"] for v, h in histories.items() if "auc" in h.metrics}


def _waiting(recent: Dataset, finished: Finished) -> Iterator[str]:
    """That no horizon has passed yet, and when the first will."""
    if len(finished):
        return
    if finished.served:
        yield "no score is left to hold against what came: base rate and calibration cannot be watched yet"
        return
    first = words_of(float(recent.when.min()) + recent.horizon, dated=recent.dated)
    when = f"; the first will have on {first}" if recent.horizon else ""
    yield f"no recent lead has finished its horizon{when}: base rate and calibration cannot be watched yet"

"""From a lead to the whole answer: score, terms, stages, moves, reasons. Plain data in, plain data out."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from features.agreement import LeadTest
from features.errors import LeadError, nearest
from features.moments import DAY, iso
from features.points import added
from features.stages import Decision, Scores, Standing, grading
from features.tables import Lead, colleagues_at, profile_at
from serving.moves import Moves, Towards
from serving.notes import Notes
from serving.scoring import LeadScorer, State
from serving.terms import Term, Terms
from serving.wording import REASONS, Wording, reasons, texts_of
from serving.words.words import words_of
from training.additive import Scored
from training.scorecard import Scorecard

ENGLISH = "en"
TREND_DAYS = 7
TREND_POINTS = 1.0
NO_MOVES: Towards = ("", ())
MOST_WRITTEN = 1_024  # stages, by what is missing for them, that are kept as they were written
REASON_KEYS = tuple(f"reason_{i}" for i in range(1, REASONS + 1))


class Judged(NamedTuple):
    """One lead, scored and placed: all that an answer is made of.

    scores: the points that thresholds look at
    """

    state: State
    scored: Scored
    scores: Scores
    decision: Decision


class Scorer:
    """Answers for single leads by one scorecard, in one language; made once per version, then shared by all requests.

    kin: the same in another language, with which all that is not said is shared
    """

    def __init__(self, card: Scorecard, language: str = ENGLISH, kin: "Scorer | None" = None) -> None:
        self.card, self.language = card, language
        self.notes: Notes = kin.notes if kin else Notes(card)
        self.wording = Wording(words_of(language), card.features)
        self._kin: dict[str, Scorer] = kin._kin if kin else {language: self}
        self._lead: LeadScorer = kin._lead if kin else LeadScorer(card)
        self._moves = Moves(self._lead, self.wording)
        self._terms = Terms(card, [of_value.__getitem__ for of_value in self._lead.points], self.wording)
        self._grade = grading(card.agreement)
        self._written: dict[tuple[str, bool, tuple[str, ...]], orjson.Fragment] = {}
        self._order = {stage.stage: i for i, stage in enumerate(card.agreement.stages)}
        self._has_events = any(f.of_events for f in card.features)
        self._of_accounts = any(f.of_events and f.source.over == "account" for f in card.features)

    def speaking(self, language: str) -> "Scorer":
        """The same, to the last bit of its numbers, in a language of the catalogue; made when it is first asked for."""
        found = self._kin.get(language)
        return found or self._kin.setdefault(language, Scorer(self.card, language, self))

    def answer(
        self, lead: Lead, as_of: int, stage_now: str | None = None, *, with_moves: bool = True
    ) -> dict[str, Any]:
        """The answer of ``POST /v1/score`` (shapes: ``serving.shapes.ScoreOut``).

        Raises LeadError when a profile value cannot be read as the fact's type, or ``stage_now`` is no stage.
        """
        return self.told(self.judge(lead, as_of, self.known_stage(stage_now)), with_moves=with_moves)

    def judge(self, lead: Lead, as_of: int, stage_now: str | None = None) -> Judged:
        """The score and the stage of one lead, not yet in words; raises LeadError as ``answer`` does."""
        state, scored = self._lead.scored(lead, as_of)
        scores = self._lead.scores(state)
        decision = self._lead.stages.placed(profile_at(lead, as_of), state.asked, scores, stage_now)
        return Judged(state, scored, scores, decision)

    def history_alone(self, judged: Judged) -> float:
        """The score by the learned points alone; the agreed one where history has earned no weight."""
        if not self.card.weight_of_history:
            return judged.scored.agreed_score
        return self._lead.additive.cut(self.card.learned_base + added(judged.scored.learned))

    def told(self, judged: Judged, *, with_moves: bool = True) -> dict[str, Any]:
        """The whole answer about a lead that was judged."""
        terms = self._terms.of(judged.state.values, judged.scored)
        towards = self._towards(judged) if with_moves else [NO_MOVES] * len(judged.decision.standings)
        stages = map(_stage, judged.decision.standings, towards)
        return self._answer(judged, terms, [term.told.copy() for term in terms], list(stages))

    def written(self, judged: Judged, notes: Sequence[str]) -> bytes:
        """The whole answer and the notes, as JSON: what ``told`` gives, put together from what was written before."""
        terms = self._terms.of(judged.state.values, judged.scored)
        stages = map(self._stage_written, judged.decision.standings, self._towards(judged))
        answer = self._answer(judged, terms, [term.json for term in terms], list(stages))
        return orjson.dumps(answer | {"notes": notes})

    def _answer(self, judged: Judged, terms: Sequence[Term], told: list[Any], stages: list[Any]) -> dict[str, Any]:
        state, scored, parts, decision = judged
        card, agreement = self.card, self.card.agreement
        after, said = self._after(decision), reasons([term.reason for term in terms])
        answer = {
            "lead_id": state.lead.lead_id,
            "as_of": iso(state.as_of),
            "score": scored.score,
            "interval_low": scored.low,
            "interval_high": scored.high,
            "probability": scored.probability,
            "horizon_days": agreement.conversion.horizon_days,
            "grade": self._grade(scored.score),
            "stage": decision.stage,
            "stage_next": decision.stage_next,
            "points_to_next": decision.points_to_next,
            "missing_for_next": ", ".join(after.missing) if after else "",
            "trend": self.trend(state),
            **dict(zip(REASON_KEYS, texts_of(said), strict=True)),
            "exclusion": because(decision.exclusion),
            "fast_track": because(decision.fast_track),
            "agreed_score": scored.agreed_score,
            "fit_points": parts.fit,
            "interest_points": parts.interest,
            "base": scored.base,
            "weight_of_history": card.weight_of_history,
            "scale_a": card.scale_a,
            "scale_b": card.scale_b,
            "model": card.name,
            "model_version": card.model_version,
            "agreement_version": agreement.version,
            "agreement_hash": card.agreement_hash,
            "terms": told,
            "stages": stages,
        }
        answer["summary"] = self.wording.summary(answer, said, after)
        return answer

    def _after(self, decision: Decision) -> Standing | None:
        """How the lead stands against its next stage."""
        return decision.standings[self._order[decision.stage_next]] if decision.stage_next else None

    def known_stage(self, name: str | None) -> str | None:
        """A stage that a lead is said to be in; raises LeadError where it is no stage of the agreement."""
        if name is not None and name not in self._order:
            what, allowed = f"'{name}' is no stage of the agreement", ", ".join(self._order)
            raise LeadError(what, where="stage_now", got=repr(name), allowed=allowed, do=nearest(name, self._order))
        return name

    def _towards(self, judged: Judged) -> list[Towards]:
        """For each stage, the moves towards it: to those beyond the lead's own, unless it is excluded."""
        state, decision = judged.state, judged.decision
        at = len(self._order) if decision.exclusion else self._order.get(decision.stage, len(self._order))
        options = self._moves.options(state)  # who is lost, in no stage of the agreement, has no moves either
        return [
            options.towards(s.stage, s.points_short) if i > at and s.points_short else NO_MOVES
            for i, s in enumerate(decision.standings)
        ]

    def _stage_written(self, standing: Standing, towards: Towards) -> dict[str, Any] | orjson.Fragment:
        """As ``_stage``, for JSON; where no points are lacking it comes again and again."""
        if standing.points_short:
            return _stage(standing, towards)
        key = standing.stage.stage, standing.reached, standing.missing
        kept = self._written.get(key)
        if kept is None:
            if len(self._written) >= MOST_WRITTEN:
                self._written.clear()
            kept = self._written[key] = orjson.Fragment(orjson.dumps(_stage(standing, NO_MOVES)))
        return kept

    def trend(self, state: State) -> str:
        """Whether the same lead's doings are worth more or fewer points than a week before."""
        if not self._has_events or not (state.known or (self._of_accounts and colleagues_at(state.lead, state.as_of))):
            return "unknown"
        change = self._lead.score(state, "score") - self._lead.score_before(state, state.as_of - TREND_DAYS * DAY)
        if abs(change) < TREND_POINTS:
            return "steady"
        return "improving" if change > 0 else "declining"


def _stage(standing: Standing, towards: Towards) -> dict[str, Any]:
    """Where the lead stands against one stage (shape: ``serving.shapes.StageOut``)."""
    stage, (needed, moves) = standing.stage, towards
    return {
        "stage": stage.stage,
        "definition": stage.definition,
        "owner": stage.owner,
        "threshold": stage.threshold,
        "on": stage.on,
        "reached": standing.reached,
        "points_short": standing.points_short,
        "missing": list(standing.missing),
        "moves_needed": needed,
        "moves": list(moves),
        "gate": stage.gate,
        "sla_hours": stage.sla.hours if stage.sla else None,
        "next_step": stage.sla.do if stage.sla else "",
    }


def because(test: LeadTest | None) -> str:
    """An exclusion or a fast-track in words; empty without one."""
    if test is None:
        return ""
    return f"{test.name} ({test.reason})" if test.reason else test.name

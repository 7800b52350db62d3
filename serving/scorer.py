"""From a lead to the whole answer: score, terms, stages, moves, reasons. Plain data in, plain data out."""

from typing import Any, NamedTuple

from features.agreement import LeadTest, Stage
from features.errors import LeadError, nearest
from features.moments import DAY, iso
from features.points import added
from features.stages import Decision, Scores, Standing, grading
from features.tables import Lead, colleagues_at, profile_at
from serving.moves import Moves
from serving.notes import Notes
from serving.scoring import LeadScorer, State
from serving.terms import Terms
from serving.wording import REASONS, reasons, summary, texts_of
from training.additive import Scored
from training.scorecard import Scorecard

TREND_DAYS = 7
TREND_POINTS = 1.0
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
    """Answers for single leads by one scorecard; made once per version, then shared by all requests."""

    def __init__(self, card: Scorecard) -> None:
        self.card = card
        self.notes = Notes(card)
        self._lead = LeadScorer(card)
        self._moves = Moves(self._lead)
        self._terms = Terms(card, [of_value.__getitem__ for of_value in self._lead.points])
        self._grade = grading(card.agreement)
        self._stages = [_fixed(stage) for stage in card.agreement.stages]
        self._order = {stage.stage: i for i, stage in enumerate(card.agreement.stages)}
        self._has_events = any(f.of_events for f in card.features)
        self._of_accounts = any(f.of_events and f.source.over == "account" for f in card.features)

    def answer(
        self, lead: Lead, as_of: int, stage_now: str | None = None, *, with_moves: bool = True
    ) -> dict[str, Any]:
        """The answer of ``POST /v1/score`` (shapes: ``serving.shapes.ScoreOut``).

        Raises LeadError when a profile value cannot be read as the fact's type, or ``stage_now`` is no stage.
        """
        self._check_stage(stage_now)
        return self.told(self.judge(lead, as_of, stage_now), with_moves=with_moves)

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
        state, scored, parts, decision = judged
        card, agreement = self.card, self.card.agreement
        terms = self._terms.of(state.values, scored)
        said = reasons([term.reason for term in terms])
        after = self._after(decision)
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
            "terms": [term.told.copy() for term in terms],
            "stages": self._standings(decision, state if with_moves else None),
        }
        answer["summary"] = summary(answer, said, after)
        return answer

    def _after(self, decision: Decision) -> Standing | None:
        """How the lead stands against its next stage."""
        return decision.standings[self._order[decision.stage_next]] if decision.stage_next else None

    def _check_stage(self, name: str | None) -> None:
        if name is not None and name not in self._order:
            what, allowed = f"'{name}' is no stage of the agreement", ", ".join(self._order)
            raise LeadError(what, where="stage_now", got=repr(name), allowed=allowed, do=nearest(name, self._order))

    def _standings(self, decision: Decision, state: State | None) -> list[dict[str, Any]]:
        options = self._moves.options(state) if state and not decision.exclusion else None
        at = self._order.get(decision.stage, len(self._order))  # who is lost, in no stage of it, has no moves
        told = []
        for i, (fixed, standing) in enumerate(zip(self._stages, decision.standings, strict=True)):
            one = fixed.copy()
            one["reached"], one["points_short"] = standing.reached, standing.points_short
            one["missing"], one["moves"] = list(standing.missing), []
            if options and i > at and standing.points_short:
                one["moves_needed"], one["moves"] = options.towards(standing.stage, standing.points_short)
            told.append(one)
        return told

    def trend(self, state: State) -> str:
        """Whether the same lead's doings are worth more or fewer points than a week before."""
        if not self._has_events or not (state.known or (self._of_accounts and colleagues_at(state.lead, state.as_of))):
            return "unknown"
        change = self._lead.score(state, "score") - self._lead.score_before(state, state.as_of - TREND_DAYS * DAY)
        if abs(change) < TREND_POINTS:
            return "steady"
        return "improving" if change > 0 else "declining"


def _fixed(stage: Stage) -> dict[str, Any]:
    """What every answer says of a stage (shape: ``serving.shapes.StageOut``), about a lead of whom nothing is said."""
    return {
        "stage": stage.stage,
        "definition": stage.definition,
        "owner": stage.owner,
        "threshold": stage.threshold,
        "on": stage.on,
        "reached": False,
        "points_short": 0.0,
        "missing": [],
        "moves_needed": "",
        "moves": [],
        "gate": stage.gate,
        "sla_hours": stage.sla.hours if stage.sla else None,
        "next_step": stage.sla.do if stage.sla else "",
    }


def because(test: LeadTest | None) -> str:
    """An exclusion or a fast-track in words; empty without one."""
    if test is None:
        return ""
    return f"{test.name} ({test.reason})" if test.reason else test.name

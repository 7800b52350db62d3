"""From a lead to the whole answer: score, terms, stages, moves, reasons. Plain data in, plain data out."""

from collections.abc import Callable
from typing import Any, NamedTuple

from features.agreement import LeadTest
from features.catalog import BOUNDS, Feature, Value
from features.errors import LeadError, nearest
from features.moments import DAY, iso
from features.points import added
from features.stages import Decision, Scores, StageRules, Standing, grade
from features.tables import Event, Lead, colleagues_at, known_events
from serving.moves import Moves, Options
from serving.notes import Notes
from serving.scoring import LeadScorer, State
from serving.wording import reasons, sentence_of, summary
from training.additive import Scored
from training.scorecard import Scorecard

TREND_DAYS = 7
TREND_POINTS = 1.0
CUT = "cut to the agreed range"


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
        self._stages = StageRules(card.agreement, card.missing_values)
        self._moves = Moves(self._lead)
        self._sentences = [sentence_of(f) for f in card.features]
        self._has_events = any(f.of_events for f in card.features)
        self._of_accounts = any(f.of_events and f.source.over == "account" for f in card.features)
        self._seen = [seen_in(card, f) for f in card.features]

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
        known = known_events(lead.events, as_of)
        values = self._lead.reader.read_known(lead, known, as_of)
        scored = self._lead.additive.one(values)
        state = self._lead.state(lead, values, known, as_of, scored)
        parts = self._lead.scores(state)
        return Judged(state, scored, parts, self._stages.decide(lead, known, as_of, parts, stage_now))

    def history_alone(self, judged: Judged) -> float:
        """The score by the learned points alone; the agreed one where history has earned no weight."""
        if not self.card.weight_of_history:
            return judged.scored.agreed_score
        return self._lead.additive.cut(self.card.learned_base + added(judged.scored.learned))

    def told(self, judged: Judged, *, with_moves: bool = True) -> dict[str, Any]:
        """The whole answer about a lead that was judged."""
        state, scored, parts, decision = judged
        terms = self._terms(state.values, scored)
        card, agreement = self.card, self.card.agreement
        said = reasons(terms)
        answer = {
            "lead_id": state.lead.lead_id,
            "as_of": iso(state.as_of),
            "score": scored.score,
            "interval_low": scored.low,
            "interval_high": scored.high,
            "probability": scored.probability,
            "horizon_days": agreement.conversion.horizon_days,
            "grade": grade(agreement, scored.score),
            "stage": decision.stage,
            "stage_next": decision.stage_next,
            "points_to_next": decision.points_to_next,
            "missing_for_next": _missing_for_next(decision),
            "trend": self.trend(state),
            "reasons": said,
            **{f"reason_{i}": text for i, text in enumerate(said, start=1)},
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
            "terms": terms,
            "stages": self._standings(decision, state if with_moves else None),
        }
        answer["summary"] = summary(answer)
        del answer["reasons"]
        return answer

    def _check_stage(self, name: str | None) -> None:
        stages = [s.stage for s in self.card.agreement.stages]
        if name is not None and name not in stages:
            what = f"'{name}' is no stage of the agreement"
            raise LeadError(
                what, where="stage_now", got=repr(name), allowed=", ".join(stages), do=nearest(name, stages)
            )

    def _terms(self, values: list[Value], scored: Scored) -> list[dict[str, Any]]:
        terms: list[dict[str, Any]] = [
            {
                "fact": feature.name,
                "label": feature.label,
                "value": value,
                "agreed": agreed,
                "learned": learned,
                "points": points,
                "kind": feature.kind,
                "text": sentence(value, seen(value)),
            }
            for feature, value, agreed, learned, points, sentence, seen in zip(
                self.card.features,
                values,
                scored.agreed,
                scored.learned,
                scored.points,
                self._sentences,
                self._seen,
                strict=True,
            )
        ]
        if scored.cut:
            terms.append(self._cut_term(scored))
        return terms

    def _cut_term(self, scored: Scored) -> dict[str, Any]:
        """What the agreed range cuts off, as a term like the others: agreed, learned and counted points."""
        w, agreed = self.card.weight_of_history, scored.agreed_score - added(scored.agreed)
        learned = (scored.cut - (1 - w) * agreed) / w if w else 0.0
        points = {"agreed": agreed, "learned": learned, "points": scored.cut}
        return {"fact": BOUNDS, "label": CUT, "value": None, **points, "kind": BOUNDS, "text": CUT}

    def _standings(self, decision: Decision, state: State | None) -> list[dict[str, Any]]:
        options = self._moves.options(state) if state and not decision.exclusion else None
        names = [s.stage.stage for s in decision.standings]
        at = names.index(decision.stage) if decision.stage in names else len(names)  # what is lost has no moves
        return [
            {
                "stage": s.stage.stage,
                "definition": s.stage.definition,
                "owner": s.stage.owner,
                "threshold": s.stage.threshold,
                "on": s.stage.on,
                "reached": s.reached,
                "points_short": s.points_short,
                "missing": list(s.missing),
                **self._towards(s, options if i > at else None),
                "gate": s.stage.gate,
                "sla_hours": s.stage.sla.hours if s.stage.sla else None,
                "next_step": s.stage.sla.do if s.stage.sla else "",
            }
            for i, s in enumerate(decision.standings)
        ]

    def _towards(self, standing: Standing, options: Options | None) -> dict[str, Any]:
        if options is None or standing.points_short == 0.0:
            return {"moves_needed": "", "moves": []}
        stage = standing.stage
        needed, moves = self._moves.towards(options, stage.stage, stage.on, standing.points_short)
        return {"moves_needed": needed, "moves": moves}

    def trend(self, state: State) -> str:
        """Whether the same lead's doings are worth more or fewer points than a week before."""
        if not self._has_events or not (state.known or (self._of_accounts and colleagues_at(state.lead, state.as_of))):
            return "unknown"
        before = state.as_of - TREND_DAYS * DAY
        earlier = self._lead.reader.event_values(state.lead, _known_before(state, before), before)
        change = self._lead.scores(state).score - self._lead.scores(self._lead.changed(state, earlier)).score
        if abs(change) < TREND_POINTS:
            return "steady"
        return "improving" if change > 0 else "declining"


def _known_before(state: State, before: int) -> list[Event]:
    """The events known at a moment before that of the state.

    Where some came to be known late, the one of an id that counts now need not be the one that counted then.
    """
    late = any(e.known_from is not None for e in state.known)
    return known_events(state.lead.events if late else state.known, before)


def _missing_for_next(decision: Decision) -> str:
    """The fields that the next stage requires and that are not known, in one text that low-code tools can map."""
    after = next((s for s in decision.standings if s.stage.stage == decision.stage_next), None)
    return ", ".join(after.missing) if after else ""


def because(test: LeadTest | None) -> str:
    """An exclusion or a fast-track in words; empty without one."""
    if test is None:
        return ""
    return f"{test.name} ({test.reason})" if test.reason else test.name


def seen_in(card: Scorecard, feature: Feature) -> Callable[[Value], bool]:
    """Whether history has seen a value of a fact; always so for numbers and where nothing was learned."""
    table = card.tables.get(feature.name)
    if table is None or feature.type == "number":
        return lambda _: True
    values = frozenset(table.values)
    return lambda value: value is None or value in values

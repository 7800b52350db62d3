"""Which stages a lead may go to, by the rules alone or because a person says so. Nothing is stored here."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from features.agreement import AUTOMATIC, Agreement, Stage
from features.errors import LeadError, nearest
from features.sendback import FastTrackEvents, hand_over, held, recycle_stage, stage_while_held
from features.snapshots import LOST
from features.stages import Decision
from serving.process.place import Place
from serving.scorer import Judged
from serving.words.words import Words, words_of

Action = Literal["accept", "reject", "recycle", "convert", "lose"]
ACTIONS: tuple[Action, ...] = ("accept", "reject", "recycle", "convert", "lose")
BACK: tuple[Action, ...] = ("reject", "recycle")


class IllegalMove(LeadError):
    """A person may not do this to the lead as it stands; ``allowed`` says what may be done."""


class Moved(NamedTuple):
    """A change of stage: to where, and what brought it about (an ``Action``, or the rules)."""

    to: str
    action: str


class Why(NamedTuple):
    """Who moves a lead, why, and who works it from then on."""

    by: str
    reason: str = ""
    note: str = ""
    assigned_to: str = ""


RULES = Why("agreement")


class Refused:
    """Why an action may not be taken: a text of the catalogue, ``process.NAME``, and what it names."""

    def __init__(self, text: str, **named: str | float) -> None:
        self._text, self._named = text, named

    def said(self, words: Words) -> str:
        """Why, in a language."""
        named = {k: v if isinstance(v, str) else words.number(v, 1) for k, v in self._named.items()}
        return words(f"process.{self._text}", **named)

    @property
    def because(self) -> str:
        """Why, in English, as errors are."""
        return self.said(words_of("en"))


class ProcessRules:
    """The moves that one agreement allows. Made once per version.

    renamed: stages of earlier agreements, each with the one that leads in it go to
    """

    def __init__(self, agreement: Agreement, renamed: Mapping[str, str] | None = None) -> None:
        self.agreement, self._renamed = agreement, dict(renamed or {})
        self._stages = agreement.stages
        self._order = {s.stage: i for i, s in enumerate(agreement.stages)}
        self._conversion = self._order[agreement.conversion.stage]
        self._has_gates = any(s.gate != AUTOMATIC for s in agreement.stages)
        self._hand_over = hand_over(agreement)
        self._back = recycle_stage(agreement)
        self._track_events = FastTrackEvents(agreement)

    @property
    def first(self) -> Stage:
        """The stage of a lead of whom nothing is known."""
        return self._stages[0]

    def stage(self, name: str) -> Stage | None:
        """A stage by its name, an earlier one included; None for ``Lost`` and for one that it no longer has."""
        name = self.now_called(name)
        return self._stages[self._order[name]] if name in self._order else None

    @property
    def places(self) -> dict[str, int]:
        """The place of each stage on the way, from 0 on; those of earlier agreements stand where their leads go to."""
        earlier = {name: self._order[to] for name, to in self._renamed.items() if to in self._order}
        return earlier | self._order

    @property
    def converted(self) -> list[str]:
        """The stages in which a lead has converted, those of earlier agreements included."""
        return [stage for stage in (*self._order, *self._renamed) if self.has_converted(stage)]

    def now_called(self, stage: str) -> str:
        """The stage that leads in a stage of an earlier agreement go to; any other as it is."""
        return self._renamed.get(stage, stage)

    def is_open(self, stage: str) -> bool:
        """Whether a lead in this stage can still go somewhere: not lost, and not in the last stage."""
        return stage != LOST and self._order.get(self.now_called(stage), 0) < len(self._stages) - 1

    def has_converted(self, stage: str) -> bool:
        """Whether the conversion's stage is reached."""
        return self._order.get(self.now_called(stage), 0) >= self._conversion if stage != LOST else False

    def by_itself(self, place: Place, judged: Judged) -> Moved | None:
        """The move that the rules make without a person; None when the lead stays.

        A lead never falls by itself, but for an exclusion, and one that was sent back is not lifted again while it is
        held (``features.sendback``). A stage that the agreement no longer has is left for the one that the rules give.
        """
        decision = judged.decision
        if not self.is_open(place.stage):
            return None
        if decision.exclusion is not None:
            return None if place.stage == self.first.stage else Moved(self.first.stage, "excluded")
        to = self._order[self._unheld(place, judged)]
        if place.stage in self._order and to <= self._order[place.stage]:
            return None
        track = decision.fast_track
        fast = track is not None and self._order.get(place.stage, -1) < self._order[track.to] <= to
        return Moved(self._stages[to].stage, "fast-track" if fast else "threshold")

    def _unheld(self, place: Place, judged: Judged) -> str:
        """The stage by the rules, as far as a lead that was sent back may go by itself."""
        decided, back = judged.decision.stage, place.sent_back
        if back is None:
            return decided
        track, state = judged.decision.fast_track, judged.state
        tracked = self._track_events.last(track, state.known) if track else None
        if not held(self.agreement.process, back, state.as_of, judged.scores.score, tracked):
            return decided
        return stage_while_held(self.agreement, back, place.stage, decided)

    def waiting_for(self, place: Place, decision: Decision) -> str:
        """The stage that a person may let the lead into now; empty where there is none."""
        accepted = self._accept(place, decision)
        return accepted.to if isinstance(accepted, Moved) else ""

    def offers(self, place: Place, decision: Decision | None) -> dict[Action, Moved | Refused]:
        """Every action: where it leads, or why it may not be taken; ``decision``: None when it cannot be scored."""
        return {
            "accept": self._accept(place, decision) if decision else _NO_SCORE,
            "reject": self._reject(place),
            "recycle": self._recycle(place),
            "convert": self._convert(place, decision) if decision else _NO_SCORE,
            "lose": Moved(LOST, "lose") if self.is_open(place.stage) else self._closed(place),
        }

    def taken(self, place: Place, decision: Decision | None, action: Action, reason: str) -> Moved:
        """The move that an action makes; raises IllegalMove, which says what is allowed instead."""
        offers = self.offers(place, decision)
        found = offers[action]
        if isinstance(found, Refused):
            allowed = ", ".join(f"{name} (to {m.to})" for name, m in offers.items() if isinstance(m, Moved))
            what = f"the lead cannot be {_DONE[action]}: {found.because}"
            raise IllegalMove(
                what, where=f"stage {place.stage}", got=action, allowed=allowed or "nothing: it is closed"
            )
        self._check_reason(action, reason)
        return found

    def _check_reason(self, action: Action, reason: str) -> None:
        agreed = getattr(self.agreement.process.reasons, action, None)
        if agreed is None or reason in agreed:
            return
        what = f"'{reason}' is no agreed reason" if reason else f"to {action} a lead needs a reason"
        allowed = ", ".join(agreed)
        raise IllegalMove(what, where="reason", got=repr(reason), allowed=allowed, do=nearest(reason, agreed))

    def _accept(self, place: Place, decision: Decision) -> Moved | Refused:
        if not self.is_open(place.stage):
            return self._closed(place)
        if decision.exclusion is not None:
            return Refused("excluded", name=decision.exclusion.name)
        at = self._order.get(place.stage, 0) + 1
        after = self._stages[at]
        if after.gate == AUTOMATIC:
            return Refused("by_itself", stage=after.stage)
        standing = decision.standings[at]
        if standing.missing:
            return Refused("requires", stage=after.stage, fields=", ".join(standing.missing))
        if standing.points_short > 0:
            return Refused("short", points=standing.points_short, stage=after.stage)
        return Moved(after.stage, "accept")

    def _reject(self, place: Place) -> Moved | Refused:
        """What was handed over, but not yet accepted, may be sent back."""
        if not self.is_open(place.stage):
            return self._closed(place)
        if self._order.get(place.stage, 0) != self._hand_over or self._hand_over == 0:
            return Refused("not_handed_over")
        return Moved(self._back, "reject")

    def _recycle(self, place: Place) -> Moved | Refused:
        """What was accepted, or given up, may go back to marketing."""
        if self._order.get(place.stage, 0) <= self._hand_over and not place.lost:
            return Refused("with_marketing")
        if self.has_converted(place.stage):
            return Refused("converted")
        return Moved(self._back, "recycle")

    def _convert(self, place: Place, decision: Decision) -> Moved | Refused:
        if self.has_converted(place.stage):
            return Refused("converted_already")
        if not self.is_open(place.stage):
            return self._closed(place)
        if decision.exclusion is not None:
            return Refused("excluded", name=decision.exclusion.name)
        if self._has_gates and self._order.get(place.stage, 0) <= self._hand_over:
            return Refused("not_accepted")
        return Moved(self._stages[self._conversion].stage, "convert")

    def _closed(self, place: Place) -> Refused:
        return Refused("closed", stage=place.stage)


_NO_SCORE = Refused("no_score")
_DONE: dict[Action, str] = {
    "accept": "accepted",
    "reject": "rejected",
    "recycle": "recycled",
    "convert": "converted",
    "lose": "given up",
}


def placed(decision: Decision, stage: str) -> Decision:
    """The decision about a lead that stands in a stage, however it came there; that stage may be ``Lost``."""
    names = [standing.stage.stage for standing in decision.standings]
    at = names.index(stage) if stage in names else None
    ahead = at is not None and decision.exclusion is None and at + 1 < len(names)
    after = decision.standings[at + 1] if ahead and at is not None else None
    return decision._replace(
        stage=stage,
        stage_next=after.stage.stage if after else "",
        points_to_next=after.points_short if after else 0.0,
        standings=tuple(s._replace(reached=s.reached or i <= (at or 0)) for i, s in enumerate(decision.standings)),
    )

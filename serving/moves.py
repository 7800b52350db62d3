"""What would move a lead to a stage: the few changes that reach its threshold, with their exact points.

A move is either an agreed field that is still unknown, filled with the value worth most, or up to three more events
of a kind, now. One more event moves every fact that it touches, and may open a fast-track. Where several facts are read
out of one field (seniority and department out of a title), each is tried by itself: no title can be made up. Facts
that are made of a changed one, such as a pair, change with it.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from operator import add
from typing import Any, NamedTuple

from features.agreement import FastTrack, Stage
from features.catalog import Value
from features.points import Holds, holds
from serving.movable import Filling, Kind, event_kinds, example_event, fillings_of
from serving.scoring import MOST_EVENTS, LeadScorer, State
from serving.wording import Wording

MOST_MOVES = 3

Towards = tuple[str, Sequence[dict[str, Any]]]  # ``moves_needed`` and ``moves`` of an answer


class Single(NamedTuple):
    """One change that adds points: a field filled, or events of a kind; and what one of them adds, two, three."""

    by: Filling | Kind
    gains: list[float]


class Move(NamedTuple):
    """A change, or ``n`` of them, and what it adds to those before."""

    gain: float
    by: Filling | Kind
    n: int


class Track(NamedTuple):
    """A fast-track that waits for events of a kind: where it leads, the position of what it tests, and the test."""

    to: str
    order: int
    kind: Kind
    position: int
    holds: Holds


class Moves:
    """Finds moves for the leads of one scorecard, and says them in one language."""

    def __init__(self, scorer: LeadScorer, wording: Wording) -> None:
        self.scorer, self.straight_to = scorer, wording.words.filled("said.straight", "text", "stage")
        agreement = scorer.card.agreement
        self.order = {stage.stage: i for i, stage in enumerate(agreement.stages)}
        self.kinds, self.fillings = event_kinds(scorer, wording), fillings_of(scorer, wording)
        first = len(scorer.card.features) + len(agreement.exclusions)
        tracks = [self._track(track, first + i) for i, track in enumerate(agreement.fast_tracks)]
        self.tracks = [track for track in tracks if track is not None]

    def options(self, state: State) -> "Options":
        """The single moves of a lead."""
        return Options(self, state)

    def _track(self, track: FastTrack, position: int) -> Track | None:
        if track.event is None:
            return None
        event = example_event(track)
        kind = next((kind for kind in self.kinds if kind.event == event), None)
        return None if kind is None else Track(track.to, self.order[track.to], kind, position, holds(track.when))


class Options:
    """What would move one lead; worked out once, and only as far as a stage asks for it."""

    def __init__(self, moves: Moves, state: State) -> None:
        self._moves, self._scorer, self._state = moves, moves.scorer, state
        self._singles: dict[str, list[Single]] = {}
        self._chains: dict[str, list[Move]] = {}
        self._opened: dict[str, list[tuple[int, dict[str, Any]]]] = {}

    def towards(self, stage: Stage, short: float) -> Towards:
        """The moves that add ``short`` points to the score that the stage is about, or lead straight to it.

        Returns ("one", moves) where each gets the lead there alone, smallest first; ("all", moves) where it takes
        them together; and ("", moves) with the best found where three moves do not suffice.
        """
        on, straight = stage.on, self._straight(stage)
        if on not in self._singles:
            self._singles[on] = [*self._of_fields(on), *self._of_events(on)]
        used = {told["fact"] for told in straight}
        enough = [one for one in self._singles[on] if one.gains[-1] >= short and one.by.fact not in used]
        if straight or enough:
            alone = sorted((_fewest(one, short) for one in enough), key=_gain)
            return "one", [*straight, *map(self._told, alone[:MOST_MOVES])][:MOST_MOVES]
        return self._together(on, short)

    def _of_fields(self, on: str) -> Iterable[Single]:
        """Each unknown field, filled with the value worth most, and what it adds."""
        for position, fillings in self._moves.fillings.items():
            if self._state.read[position] is None:
                filling = fillings[0] if len(fillings) == 1 else max(fillings, key=self._counted)
                gain = self._gain(on, {position: filling.value})
                if gain > 0:
                    yield Single(filling, [gain])

    def _of_events(self, on: str) -> Iterable[Single]:
        """Each kind of event, and what one more adds, two, three, as long as each adds to those before."""
        state, scorer = self._state, self._scorer
        whole, points = scorer.whole[on], state.sums[on]
        now, growth = whole(points), scorer.growths(state, on)
        for kind in self._moves.kinds:
            totals: Iterable[float] = [points] * MOST_EVENTS
            if kind.apart:
                for i in kind.moved:
                    totals = map(add, totals, growth[i])
            else:
                totals = [scorer.sum_after(state, on, self._after(kind, n)) for n in range(1, MOST_EVENTS + 1)]
            gains = [whole(total) - now for total in totals]
            if gains[0] > 0:
                yield Single(kind, _rising(gains))

    def _together(self, on: str, short: float) -> Towards:
        """The largest moves one after the other, each with what it adds to those before."""
        chosen = []
        for move in self._chain(on):
            chosen.append(self._told(move))
            short -= move.gain
            if short <= 0:
                return "all", chosen
        return "", chosen

    def _chain(self, on: str) -> list[Move]:
        """The largest moves one after the other, each with what it adds to those before."""
        found = self._chains.get(on)
        if found is None:
            found, state, scorer = [], self._state, self._scorer
            for by, gains in sorted(self._singles[on], key=_most, reverse=True)[:MOST_MOVES]:
                after = self._again(state, on, by, len(gains))
                gain = scorer.score(after, on) - scorer.score(state, on)
                if gain > 0:
                    found.append(Move(gain, by, len(gains)))
                    state = after
            self._chains[on] = found
        return found

    def _straight(self, stage: Stage) -> list[dict[str, Any]]:
        """The events that one more of opens a fast-track to the stage or beyond."""
        if stage.on not in self._opened:
            open_ = [track for track in self._moves.tracks if self._opens(track)]
            self._opened[stage.on] = [(track.order, self._told_of(track, stage.on)) for track in open_]
        return [told for order, told in self._opened[stage.on] if order >= self._moves.order[stage.stage]]

    def _told_of(self, track: Track, on: str) -> dict[str, Any]:
        told = self._told(Move(self._gain(on, self._after(track.kind, 1)), track.kind, 1))
        return told | {"text": self._moves.straight_to(told["text"], track.to)}

    def _opens(self, track: Track) -> bool:
        """Whether one more event makes a fast-track hold; not where such an event cannot be read."""
        if track.position not in track.kind.tests:
            return False
        after = self._scorer.after_events(self._state, (track.position,), track.kind.event, 1)
        return track.holds(after[track.position])

    def _after(self, kind: Kind, n: int) -> dict[int, Value]:
        """The values that ``n`` more events of a kind, now, change."""
        return self._scorer.after_events(self._state, kind.moved, kind.event, n)

    def _gain(self, on: str, changes: dict[int, Value]) -> float:
        whole, points = self._scorer.whole[on], self._state.sums[on]
        return whole(self._scorer.sum_after(self._state, on, changes)) - whole(points)

    def _counted(self, filling: Filling) -> float:
        return self._scorer.sum_after(self._state, "score", {filling.position: filling.value})

    def _again(self, state: State, on: str, by: Filling | Kind, n: int) -> State:
        """The state after a move, starting from another state than the lead's own."""
        if isinstance(by, Filling):
            return self._scorer.after(state, on, {by.position: by.value}, None, 0)
        return self._scorer.after(state, on, self._scorer.after_events(state, by.moved, by.event, n), by.event, n)

    def _told(self, move: Move) -> dict[str, Any]:
        gain, by, n = move
        if isinstance(by, Filling):
            return {"fact": by.fact, "to": by.value, "points": gain, "text": by.text}
        to: Value = float(n)
        if by.position is not None:
            to = self._scorer.after_events(self._state, (by.position,), by.event, n)[by.position]
        return {"fact": by.fact, "to": to, "points": gain, "text": by.texts[n - 1]}


def _gain(move: Move) -> float:
    return move.gain


def _most(single: Single) -> float:
    return single.gains[-1]


def _rising(gains: list[float]) -> list[float]:
    """The first gains, as long as each is more than the one before."""
    for n in range(1, len(gains)):
        if gains[n] <= gains[n - 1]:
            return gains[:n]
    return gains


def _fewest(single: Single, short: float) -> Move:
    """As many events as it takes to add ``short`` points."""
    at = bisect_left(single.gains, short)
    return Move(single.gains[at], single.by, at + 1)

"""Sending back: where a rejected or recycled lead goes, and for how long it is not lifted up again by itself.

People are asked about a lead once it reaches the *hand-over stage*: the last stage that is entered automatically
before the first one where a person decides. A lead that they sent back rests before it comes to them again.
"""

from collections.abc import Sequence
from typing import NamedTuple

from features.agreement import AUTOMATIC, Agreement, FastTrack
from features.moments import DAY
from features.processkeys import Process
from features.selections import Selections
from features.tables import Event


class SentBack(NamedTuple):
    """That a lead was rejected or recycled: the stage it was in, when (microseconds), and its score then."""

    stage: str
    at: int
    score: float


def hand_over(agreement: Agreement) -> int:
    """The place among the stages of the last one that is entered automatically before a person decides."""
    places = range(1, len(agreement.stages))
    return next((i for i in places if agreement.stages[i].gate != AUTOMATIC), len(agreement.stages)) - 1


def recycle_stage(agreement: Agreement) -> str:
    """The stage that a rejected or recycled lead goes back to: what is agreed, else the one before the hand-over."""
    return agreement.process.recycle_to or agreement.stages[max(hand_over(agreement) - 1, 0)].stage


def rests_until(process: Process, sent_back: SentBack) -> int:
    """The moment from which the days of rest are over."""
    return sent_back.at + round(process.rest_days * DAY)


def held(process: Process, sent_back: SentBack, now: int, score: float, fast_track_event_at: int | None) -> bool:
    """Whether a lead that was sent back is not yet lifted automatically again.

    It is held until its days of rest are over, its score is ``again_points`` above the one it was sent back
    with, or the event of a fast-track (its moment, or None) happened after it was sent back.

    >>> sent_back = SentBack("MQL", at=0, score=45.0)
    >>> held(Process(), sent_back, 29 * DAY, 54.0, None), held(Process(), sent_back, 30 * DAY, 54.0, None)
    (True, False)
    >>> held(Process(), sent_back, 29 * DAY, 55.0, None), held(Process(), sent_back, 29 * DAY, 54.0, 28 * DAY)
    (False, False)
    """
    rested = now >= rests_until(process, sent_back)
    risen = score >= sent_back.score + process.again_points
    tracked = fast_track_event_at is not None and fast_track_event_at > sent_back.at
    return not (rested or risen or tracked)


def stage_while_held(agreement: Agreement, sent_back: SentBack, stage_now: str, decided: str) -> str:
    """The stage of a lead that is held, where its points and doings alone would have ``decided`` otherwise.

    It is not lifted to the hand-over stage or beyond, nor to the stage that it was sent back from, if that is an
    earlier one; it stays where a person has put it since (``stage_now``).
    """
    place = {stage.stage: i for i, stage in enumerate(agreement.stages)}
    last = hand_over(agreement)
    barred = max(place[recycle_stage(agreement)] + 1, min(place.get(sent_back.stage, last), last))
    at = max(place.get(stage_now, 0), min(place[decided], barred - 1))
    return agreement.stages[at].stage


class FastTrackEvents:
    """When the events happened that an agreement's fast-tracks are about."""

    def __init__(self, agreement: Agreement) -> None:
        self._selections = Selections(agreement.fast_tracks)

    def last(self, track: FastTrack, known: Sequence[Event]) -> int | None:
        """The moment of the latest of these events that a fast-track is about; None where there is none."""
        if track.event is None:
            return None
        number = self._selections.number(track)
        return max((e.at for e in known if number in self._selections.of(e.type, e.properties)), default=None)

"""What an agreement would change for the leads of today, before it takes hold: counted, and by example."""

from typing import Any

import msgspec
import orjson

Ids = tuple[str, ...]


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """The base of all parts of an effect."""


class Few(Shape, frozen=True, kw_only=True):
    """How many leads, and the ids of some of them."""

    leads: int = 0
    examples: Ids = ()


class StageEffect(Shape, frozen=True, kw_only=True):
    """How many leads stand in a stage now, how many would then, and who would come and go."""

    stage: str
    now: int
    then: int
    enter: Few
    leave: Few


class Regraded(Shape, frozen=True, kw_only=True):
    """Leads of one grade that would be of another."""

    was: str
    to: str
    leads: int
    examples: Ids


class PointsMoved(Shape, frozen=True, kw_only=True):
    """By how many points scores would move: how many leads rise, fall, or stay within a twentieth of a point.

    least to most: the smallest move, the 5, 25, 50, 75 and 95 % quantiles, the largest; zeros where there are no leads
    """

    rise: int = 0
    fall: int = 0
    stay: int = 0
    mean: float = 0.0
    least: float = 0.0
    q05: float = 0.0
    q25: float = 0.0
    median: float = 0.0
    q75: float = 0.0
    q95: float = 0.0
    most: float = 0.0


class Effect(Shape, frozen=True, kw_only=True):
    """What would change, if the agreement held as of a moment.

    as_of: the moment, ISO 8601; against: the hash of the agreement that held then, empty where none did
    leads: who would be affected; judged: how many of them were scored by both, all or a random sample
    stages: in the order of the new agreement, then those that it no longer has; people's own moves stay
    excluded, no_longer_excluded: by the agreement's exclusions; unscorable: leads that could no longer be scored
    dropped: the stages with leads in them that it no longer has, with how many stand there; ``renamed``: where they go
    words: what it says otherwise; carried: what becomes of the learned points; examples: worked examples that hold
    """

    as_of: str
    against: str
    leads: int
    judged: int
    stages: tuple[StageEffect, ...] = ()
    grades: tuple[Regraded, ...] = ()
    excluded: Few = Few()
    no_longer_excluded: Few = Few()
    unscorable: Few = Few()
    points: PointsMoved = PointsMoved()
    dropped: dict[str, int] = {}
    renamed: dict[str, str] = {}
    words: tuple[str, ...] = ()
    carried: tuple[str, ...] = ()
    examples: int = 0

    @property
    def sampled(self) -> bool:
        """Whether it was judged by a sample."""
        return self.judged < self.leads

    @property
    def not_renamed(self) -> dict[str, int]:
        """The stages that are dropped without saying where the leads in them go."""
        return {stage: n for stage, n in self.dropped.items() if stage not in self.renamed}


def encode(effect: Effect) -> str:
    """As JSON."""
    return msgspec.json.encode(effect).decode()


def decode(text: str) -> Effect:
    """From JSON."""
    return msgspec.json.decode(text, type=Effect)


def without_lead(text: str, lead_id: str) -> str:
    """An effect as JSON that no longer names a lead, whose erasure was asked for."""

    def cleaned(value: Any) -> Any:
        if isinstance(value, dict):
            kept = {k: cleaned(v) for k, v in value.items()}
            named = kept.get("examples")
            return kept | {"examples": [i for i in named if i != lead_id]} if isinstance(named, list) else kept
        return [cleaned(v) for v in value] if isinstance(value, list) else value

    return orjson.dumps(cleaned(orjson.loads(text))).decode()


def sentences(effect: Effect) -> list[str]:
    """The effect in words: '14 leads would become MQL, 3 would leave it'."""
    told = [_scope(effect)]
    for stage in effect.stages:
        if stage.enter.leads or stage.leave.leads:
            told.append(f"{stage.stage}: {_leads(stage.enter.leads)} would come in, {stage.leave.leads:,} would leave")
    told += [f"grade {g.was}: {_leads(g.leads)} would be {g.to}" for g in effect.grades]
    for few, what in (
        (effect.excluded, "would be excluded"),
        (effect.no_longer_excluded, "would no longer be excluded"),
        (effect.unscorable, "could no longer be scored"),
    ):
        told += [f"{_leads(few.leads)} {what}"] if few.leads else []
    told += [_points(effect.points)] if effect.judged else []
    for stage_name, n in effect.dropped.items():
        to = effect.renamed.get(stage_name)
        goes = f"they go to {to}" if to else "nobody has said where they go"
        told.append(f"the stage {stage_name} is gone, with {_leads(n)} in it: {goes}")
    return told


def _scope(effect: Effect) -> str:
    if not effect.leads:
        return "no lead is affected: there is none"
    if effect.sampled:
        return f"of {_leads(effect.leads)}, a random sample of {effect.judged:,} was judged by both agreements"
    return f"{_leads(effect.leads)} {'was' if effect.leads == 1 else 'were'} judged by both agreements"


def _points(points: PointsMoved) -> str:
    moved = f"{points.rise:,} would rise, {points.fall:,} fall, {points.stay:,} stay"
    return f"scores: {moved}; half of them move by {points.q25:+.1f} to {points.q75:+.1f} points"


def _leads(n: int) -> str:
    return f"{n:,} lead{'' if n == 1 else 's'}"

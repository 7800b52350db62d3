"""What a proposed agreement would change for today's leads, as sentences in the reader's language."""

from collections.abc import Iterator
from typing import NamedTuple

from features.moments import moment
from serving.programs.effect import Effect, Few, PointsMoved
from serving.words.words import Words

LITTLE = 0.05  # points that are shown as none


class Told(NamedTuple):
    """A sentence with the leads that it is about, as far as they are named."""

    text: str
    examples: tuple[str, ...] = ()


def told(t: Words, effect: Effect) -> list[Told]:
    """The effect: how many would come into which stage or leave it, change grade, be excluded, rise or fall."""
    return [Told(_scope(t, effect)), *_stages(t, effect), *_others(t, effect), *_points(t, effect)]


def _scope(t: Words, effect: Effect) -> str:
    if not effect.leads:
        return t("agreement.effect_nobody")
    as_of = t.time(moment(effect.as_of))
    if effect.sampled:
        return t(
            "agreement.effect_sample",
            n=effect.leads,
            leads=t.number(effect.leads),
            judged=t.number(effect.judged),
            at=as_of,
        )
    return t("agreement.effect_all", n=effect.leads, leads=t.number(effect.leads), at=as_of)


def _stages(t: Words, effect: Effect) -> Iterator[Told]:
    for stage in effect.stages:
        for way, few in (("enter", stage.enter), ("leave", stage.leave)):
            if few.leads:
                yield _few(t, f"agreement.effect_{way}", few, stage=stage.stage)


def _others(t: Words, effect: Effect) -> Iterator[Told]:
    for g in effect.grades:
        yield _few(t, "agreement.effect_grade", Few(leads=g.leads, examples=g.examples), was=g.was, to=g.to)
    for name in ("excluded", "no_longer_excluded", "unscorable"):
        few: Few = getattr(effect, name)
        if few.leads:
            yield _few(t, f"agreement.effect_{name}", few)
    for stage, n in effect.dropped.items():
        to = effect.renamed.get(stage)
        goes = t("agreement.effect_goes", to=to) if to else t("agreement.effect_goes_nowhere")
        yield Told(t("agreement.effect_dropped", n=n, leads=t.number(n), stage=stage, goes=goes))


def _few(t: Words, name: str, few: Few, **values: str) -> Told:
    return Told(t(name, n=few.leads, leads=t.number(few.leads), **values), few.examples)


def _points(t: Words, effect: Effect) -> Iterator[Told]:
    if not effect.judged:
        return
    moved: PointsMoved = effect.points
    counts = {name: t.number(getattr(moved, name)) for name in ("rise", "fall", "stay")}
    yield Told(t("agreement.effect_points", **counts))
    if max(abs(moved.q05), abs(moved.q95)) >= LITTLE:
        yield Told(t("agreement.effect_moves", low=t.signed(moved.q05), high=t.signed(moved.q95)))

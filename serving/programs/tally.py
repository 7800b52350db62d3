"""Counts what another agreement would change, lead by lead."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from serving.programs.effect import Effect, Few, PointsMoved, Regraded, StageEffect

EXAMPLES = 20  # ids of each kind
NOTHING = 0.05  # points that nobody sees


Pair = tuple[str, str]


class Seen(NamedTuple):
    """A lead by one agreement; ``stage``: where it would stand, people's own moves kept."""

    stage: str
    grade: str
    excluded: bool
    score: float


class _Count:
    """Leads of one kind."""

    def __init__(self) -> None:
        self.leads, self.examples = 0, list[str]()

    def add(self, lead_id: str) -> None:
        self.leads += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(lead_id)

    def few(self) -> Few:
        return Few(leads=self.leads, examples=tuple(self.examples))


class Tally:
    """Leads as they are seen by the present agreement and by another one."""

    def __init__(self) -> None:
        self._moved, self._graded = defaultdict[Pair, _Count](_Count), defaultdict[Pair, _Count](_Count)
        self._enter, self._leave = defaultdict[str, _Count](_Count), defaultdict[str, _Count](_Count)
        self._excluded, self._let_in, self._unscorable = _Count(), _Count(), _Count()
        self._points: list[float] = []
        self.judged = 0

    def add(self, lead_id: str, stage: str, before: Seen | None, after: Seen | None) -> None:
        """Count a lead in a ``stage``, empty where it is new; None: it cannot be scored, and stays where it is."""
        self.judged += 1
        was, to = before.stage if before else stage, after.stage if after else stage
        self._moved[was, to].add(lead_id)
        if was != to:
            self._enter[to].add(lead_id)
            self._leave[was].add(lead_id)
        if after is None:
            if before is not None:
                self._unscorable.add(lead_id)
            return
        if after.excluded and not (before and before.excluded):
            self._excluded.add(lead_id)
        if before is None:
            return
        if before.excluded and not after.excluded:
            self._let_in.add(lead_id)
        if before.grade != after.grade:
            self._graded[before.grade, after.grade].add(lead_id)
        self._points.append(after.score - before.score)

    def on(self, effect: Effect, stages: Sequence[str]) -> Effect:
        """An effect with what was counted; ``stages``: of the new agreement, in order."""
        names = [*stages, *sorted({name for pair in self._moved for name in pair} - {*stages, ""})]
        return replace(
            effect,
            judged=self.judged,
            stages=tuple(self._stage(name) for name in names),
            grades=tuple(
                Regraded(was=was, to=to, leads=c.leads, examples=tuple(c.examples))
                for (was, to), c in sorted(self._graded.items())
            ),
            excluded=self._excluded.few(),
            no_longer_excluded=self._let_in.few(),
            unscorable=self._unscorable.few(),
            points=_spread(self._points),
        )

    def _stage(self, name: str) -> StageEffect:
        return StageEffect(
            stage=name,
            now=_total(c for (was, _), c in self._moved.items() if was == name),
            then=_total(c for (_, to), c in self._moved.items() if to == name),
            enter=self._enter[name].few(),
            leave=self._leave[name].few(),
        )


def _total(counts: Iterable[_Count]) -> int:
    return sum(count.leads for count in counts)


def _spread(moves: Sequence[float]) -> PointsMoved:
    if not moves:
        return PointsMoved()
    points = np.array(moves)
    least, q05, q25, median, q75, q95, most = np.quantile(points, [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1]).tolist()
    rise, fall = int((points > NOTHING).sum()), int((points < -NOTHING).sum())
    mean = float(points.mean())
    counts = {"rise": rise, "fall": fall, "stay": len(points) - rise - fall}
    return PointsMoved(**counts, mean=mean, least=least, q05=q05, q25=q25, median=median, q75=q75, q95=q95, most=most)

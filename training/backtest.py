"""A backtest: at several moments of the past, fit on what was known then, and test on the leads that came after."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from features.agreement import Agreement
from features.errors import DataError
from training.additive import AdditiveScorer
from training.capacity import TENTH, Capacity
from training.config import Learner
from training.dataset import Dataset
from training.evaluate import compare
from training.fitting import fit_scorecard
from training.intervals import Judged, Rows, judge
from training.origins import Origin, Window, origins
from training.timing import Timing, timing

Floats = NDArray[np.float64]
Step = Callable[[str, int, int], None]

BLEND = "blend"


@dataclass(frozen=True)
class Plan:
    """How to test: the last ``share`` of the leads in ``blocks``; see ``training.origins.origins``.

    capacity: how many leads sales works, best first; draws: how often leads are drawn anew for the intervals
    """

    blocks: int = 5
    share: float = 0.5
    gap: float | None = None
    window: Window = "expanding"
    capacity: Capacity = TENTH
    draws: int = 500


@dataclass(frozen=True)
class Block:
    """One block: the leads that came after an origin, and how the models fitted there did on them.

    test: its rows; trained_on: how many leads the models learned from; weight_of_history: of the blend
    predictions: probabilities by name, one per row; scores: the blend's points, one per row
    """

    origin: Origin
    test: Dataset
    trained_on: int
    weight_of_history: float
    predictions: Mapping[str, Floats]
    scores: Floats
    judged: Judged

    @property
    def tested_on(self) -> int:
        """How many leads it has."""
        return len(self.test.leads()[0])


@dataclass(frozen=True)
class Backtest:
    """All blocks, and their rows together.

    tested: the rows of all blocks, in order of time; rows: the same as they are judged; predictions, scores: as in a
    block, one per row; top: the share of leads that sales works; gap: how long before each origin the learning
    ended, in the data's ``when``
    """

    plan: Plan
    blocks: tuple[Block, ...]
    tested: Dataset
    rows: Rows
    predictions: Mapping[str, Floats]
    scores: Floats
    pooled: Judged
    timing: Timing
    top: float
    gap: float


def backtest(
    name: str,
    data: Dataset,
    agreement: Agreement,
    settings: Learner,
    missing_values: tuple[str, ...] = (),
    plan: Plan = Plan(),
    step: Step = lambda *_: None,
) -> Backtest:
    """Test by a plan; ``step(what, done, of)`` is told of every model fitted, and of the drawing of leads.

    Tested are leads whose horizon has passed. Raises ConfigError for a plan that the data cannot bear, DataError where
    history before an origin, or the tested leads, hold outcomes of one kind only, or where no horizon has passed.
    """
    data = data.matured(agreement.conversion.horizon_days)
    parts = origins(data, plan.blocks, plan.share, gap=plan.gap, window=plan.window)
    _refuse_one_class(data, parts)
    tested = data.take(np.sort(np.concatenate([part.test for part in parts])))
    _refuse_no_test(tested)
    top = plan.capacity.share_of(tested)
    fit = partial(fit_scorecard, name, agreement=agreement, settings=settings, missing_values=missing_values)
    blocks = []
    for number, part in enumerate(parts, start=1):
        told = _told(step, f"block {number} of {len(parts)}")
        train, test = known_at(data, part), data.take(part.test)
        fitted = fit(data=train, step=told)
        predictions = compare(fitted, train, test, told)
        judged = judge(Rows.of(test), predictions, top=top, draws=plan.draws, step=told)
        scores, weight = AdditiveScorer(fitted.blend).many(test.columns).score, fitted.blend.weight_of_history
        blocks.append(Block(part, test, len(train.leads()[0]), weight, predictions, scores, judged))
    return _pooled(plan, tuple(blocks), tested, top, data.horizon if plan.gap is None else plan.gap, step)


def known_at(data: Dataset, origin: Origin) -> Dataset:
    """The rows that may be learned from at an origin, with outcomes as they were known then."""
    return data.take(origin.train).known_at(origin.at)


def _pooled(plan: Plan, blocks: tuple[Block, ...], tested: Dataset, top: float, gap: float, step: Step) -> Backtest:
    """All blocks together; a period of the pooled rows lies within one block, whose models are the same."""
    order = np.argsort(np.concatenate([block.origin.test for block in blocks]), kind="stable")
    number = np.repeat(np.arange(len(blocks)), [len(block.test) for block in blocks])[order]
    predictions = {
        name: np.concatenate([block.predictions[name] for block in blocks])[order] for name in blocks[0].predictions
    }
    scores = np.concatenate([block.scores for block in blocks])[order]
    when = timing(tested, predictions[BLEND])
    rows = Rows.of(tested, timing=when.among_converters is not None)
    months = np.unique(rows.periods, return_inverse=True)[1] if tested.dated else np.zeros(len(tested), dtype=np.intp)
    rows = replace(rows, periods=number * (int(months.max()) + 1) + months)
    pooled = judge(rows, predictions, top=top, draws=plan.draws, step=_told(step, "all blocks"))
    return Backtest(plan, blocks, tested, rows, predictions, scores, pooled, when, top, gap)


def _refuse_one_class(data: Dataset, parts: Sequence[Origin]) -> None:
    for number, part in enumerate(parts, start=1):
        won = int(known_at(data, part).converted.sum())
        if won in (0, len(part.train)):
            raise DataError(
                f"before block {number} of {len(parts)} there are outcomes of one kind only, so nothing can be learned",
                got=f"{won} of {len(part.train)} rows converted whose outcome was known by then",
                do="test a smaller share of the leads (--share), or bring more history",
            )


def _refuse_no_test(tested: Dataset) -> None:
    won = int(tested.converted.sum())
    if won in (0, len(tested)):
        raise DataError(
            "the leads that would be tested have one outcome only, so there is no test",
            got=f"{won} of {len(tested)} rows converted",
            do="test a larger share of the leads (--share), or bring more history",
        )


def _told(step: Step, where: str) -> Step:
    return lambda what, done, of: step(f"{where}: {what}", done, of)

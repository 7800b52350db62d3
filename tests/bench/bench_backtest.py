"""Walked forward: the last 30 % in six equal blocks, refitted before each, one default, nothing agreed.

The clocks that the guard finds in Bank Marketing are left out, as it asks.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from figures import Figure, at_least, at_most
from rivals_data import SETS, Opened, opened

from training.backtest import BLEND, Plan, backtest
from training.guard.guard import inspect

PLAN = Plan(blocks=6, share=0.3, draws=100)
GOALS = {"xeducation": (0.902, 0.390), "bank_additional": (None, 0.485)}  # pooled AUC and log loss


def run() -> list[Figure]:
    """Walk each set forward; every prediction is reported, the blend has the goals."""
    figures = []
    for rivals in SETS:
        if rivals.name not in GOALS:
            continue
        with TemporaryDirectory() as folder:
            found = opened(rivals, Path(folder))
            if found is not None and rivals.clocks:
                named = inspect(*found.data.split(0.7), found.config).unanswered
                found = opened(rivals, Path(folder), without=list(named))
            if found is not None:
                figures += _figures(rivals.name, found)
    return figures


def _figures(name: str, found: Opened) -> list[Figure]:
    config = found.config
    done = backtest(name, found.data, found.agreement, config.learner, plan=PLAN, step=_told)
    least, most = GOALS[name]
    figures = []
    for prediction, m in done.pooled.measures.items():
        auc, loss = (f"{name} walked forward, {prediction}: AUC", m.auc, ""), m.log_loss
        goals = prediction == BLEND
        figures.append(at_least(*auc, least) if goals and least else Figure(*auc))
        log_loss = (f"{name} walked forward, {prediction}: log loss", loss, "nats")
        figures.append(at_most(*log_loss, most) if goals else Figure(*log_loss))
    return figures


def _told(what: str, done: int, of: int) -> None:
    if done == of:
        print(f"   {what}", flush=True)

"""Retraining by the clock: only when enough has matured, one at a time, and promoted only by evidence."""

from math import ceil, inf
from pathlib import Path
from typing import NamedTuple

import numpy as np

from training.dataset import Dataset
from training.leads import Leads
from training.predictions import order_of
from training.promotion.promote import Promotion, promote
from training.registry.champion import settle
from training.registry.lock import alone
from training.registry.moves import moves_of
from training.registry.place import Registry, model_name
from training.registry.versions import CHAMPION, Version, card_of, listed, predictions_of
from training.run import Result, train_on
from training.scorecard import Scorecard

SHARE = 0.01  # of the leads learned from that must be new, before it is worth learning again
HELD = "the champion came back by a rollback, so that the next promotion is left to people: leadscore promote"


class News(NamedTuple):
    """What has matured since the newest version was trained.

    leads: those whose outcome is known now and was neither learned from nor tested on; changed: by how much the number
    of conversions among those learned from differs from then; needed: how many of both it takes; since: the newest
    version
    """

    leads: int
    changed: int
    needed: int
    since: Version | None = None

    @property
    def enough(self) -> bool:
        """Whether it is worth learning again."""
        return self.leads + self.changed >= self.needed


class Retrained(NamedTuple):
    """What came of it: without enough news neither a result nor a promotion.

    held: why the verdict was not carried out; empty where it was
    """

    news: News
    result: Result | None = None
    promotion: Promotion | None = None
    held: str = ""


def retrain(leads: Leads, home: Path, registry: Registry | None = None, *, at_least: int | None = None) -> Retrained:
    """Train, register the challenger and decide on it, if enough has matured since the newest version was trained.

    at_least: how many leads must be new; without it 1 % of those learned from, and one at least
    After a rollback the new version stays a challenger until somebody promotes one.

    Raises BusyError while another retraining is at work in this home; else as ``train`` and ``promote``. A run that
    fails half-way leaves the champion as it was.
    """
    registry = registry or Registry.embedded(home)
    name = model_name(leads.config.name)
    with alone(home, "retrain"):
        if registry.begun:
            settle(registry, name, home)
        news = news_of(registry, name, leads, at_least)
        if not news.enough:
            return Retrained(news)
        result = train_on(leads, home, registry)
        if result.role == CHAMPION:
            return Retrained(news, result, Promotion(result.version, None, None, promoted=True))
        moves = moves_of(registry, name)
        held = HELD if moves and moves[-1].what == "rolled back" else ""
        found = promote(registry, name, home, which=result.version.version, read=leads.read, carry_out=not held)
        return Retrained(news, result, found, held)


def news_of(registry: Registry, name: str, leads: Leads, at_least: int | None = None) -> News:
    """Count what has matured since the newest version of a model was trained."""
    versions = listed(registry, name) if registry.begun else []
    if not versions:
        return News(len(leads.everything.once()), 0, 0)
    newest = versions[0].version
    tested = predictions_of(registry, newest)
    seen = -inf if tested is None else float(order_of(tested).max(initial=-inf))
    new, changed, learned = counted(leads.everything, card_of(registry, newest), seen)
    return News(new, changed, max(1, ceil(SHARE * learned)) if at_least is None else at_least, newest)


def counted(data: Dataset, card: Scorecard, seen: float = -inf) -> tuple[int, int, int]:
    """Leads that are new to a scorecard, changed outcomes among those learned from, and how many it has learned from.

    seen: the last moment of the leads that its run tested on, which need not have been learned from
    The same bytes hold no news, whatever the scorecard knows of time.
    """
    history = card.history
    if history is None or history.known_until is None:
        return len(data.once()), 0, 0
    if history.data_fingerprint == data.fingerprint:
        return 0, 0, history.leads
    once = data.once()
    learned_until = history.known_until - data.horizon
    new = once.when > max(learned_until, seen)
    # Without a horizon a version has learned from the first leads, of which others may share the moment of the last.
    learned = once.when <= learned_until if data.horizon else np.arange(len(once)) < history.leads
    changed = abs(int(once.converted[learned].sum()) - history.converted)
    return int(np.count_nonzero(new)), changed, history.leads

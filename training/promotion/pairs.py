"""Two versions' probabilities for the same leads, none of which either had learned from.

A version is scored in two forms. As *registered* it has learned from all leads whose outcome was known when it was
trained, so that only leads that came later are new to it. As *tested*, before that last fit, the run's later leads are
new to it too. Each lead is scored by both versions in the same form, as registered where it is new to both of these,
else as tested: so neither has the advantage of having learned from more, or from newer, leads than it will have in
service beside the other.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import DataError
from training.additive import AdditiveScorer
from training.dataset import Dataset
from training.intervals import Rows
from training.measures import periods_of
from training.predictions import order_of
from training.registry.place import Registry
from training.registry.versions import Version, card_as_tested, card_of, predictions_of
from training.scorecard import Scorecard

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Read = Callable[[Scorecard], Dataset]
KEY = ["lead_id", "when"]
CHANGED = 0.05  # of the leads that had converted; more that have not now are other leads under the same names


class Contender(NamedTuple):
    """A version with all that evidence on it needs.

    tested: the scorecard before it learned from all leads; predictions: its own, for its run's later leads
    """

    version: Version
    registered: Scorecard
    tested: Scorecard | None
    predictions: pd.DataFrame | None

    @classmethod
    def of(cls, registry: Registry, version: Version) -> "Contender":
        """Fetch what the registry keeps of a version."""
        kept = card_as_tested(registry, version), predictions_of(registry, version)
        return cls(version, card_of(registry, version), *kept)


class Pairs(NamedTuple):
    """n rows scored by both.

    rows: outcomes, and which lead and period each is of; champion, challenger: (n,) probabilities
    as_registered: how many leads were scored in that form
    """

    rows: Rows
    champion: Floats
    challenger: Floats
    as_registered: int

    @property
    def leads(self) -> int:
        """How many leads there are."""
        return len(np.unique(self.rows.whose))


def pairs_of_runs(champion: Contender, challenger: Contender) -> Pairs:
    """Pair what both runs predicted for the leads that both tested on; there may be none."""
    kept = [_by_moment(c) for c in (champion, challenger)]
    both = kept[0].merge(kept[1], on=KEY, suffixes=("_champion", "_challenger"), validate="one_to_one")
    both = both.sort_values(KEY[::-1], kind="stable")
    when = both["when"].to_numpy(dtype=np.float64)
    converted = both["converted_challenger"].to_numpy(dtype=np.int64)
    rows = _rows(list(both["lead_id"]), converted, when, dated=_dated(challenger))
    return Pairs(rows, both["blend_champion"].to_numpy(), both["blend_challenger"].to_numpy(), 0)


def _by_moment(contender: Contender) -> pd.DataFrame:
    table = contender.predictions
    if table is None:
        none = np.empty(0)
        return pd.DataFrame({"lead_id": none.astype(np.str_), "converted": none, "blend": none, "when": none})
    return table[["lead_id", "converted", "blend"]].assign(when=order_of(table))


def _dated(contender: Contender) -> bool:
    table = contender.predictions
    return table is not None and isinstance(table["when"].dtype, pd.DatetimeTZDtype)


def pairs_of_leads(champion: Contender, challenger: Contender, read: Read) -> Pairs:
    """Score the leads anew, each version reading its own facts; ``read`` gives the leads as a scorecard reads them.

    Only leads count whose outcome is known: the horizon has passed.
    Raises DataError when the leads are not those that the versions were tested on.
    """
    data, theirs = read(challenger.registered), read(champion.registered)
    for contender in (champion, challenger):
        _refuse_other_leads(contender, data)
    first, whose = data.leads()
    since = data.when[first][whose]
    registered = _new(since, champion.registered) & _new(since, challenger.registered)
    tested = ~registered & _new(since, champion.tested) & _new(since, challenger.tested)
    finished = data.has_finished(challenger.registered.agreement.conversion.horizon_days)
    kept = np.flatnonzero((registered | tested) & finished)
    rows = _rows([data.lead_ids[i] for i in kept], data.converted[kept], data.when[kept], dated=data.dated)
    as_registered = registered[kept]
    return Pairs(
        rows,
        _scored(champion, theirs.take(kept), as_registered),
        _scored(challenger, data.take(kept), as_registered),
        len(np.unique(rows.whose[as_registered])),
    )


def _new(since: Floats, card: Scorecard | None) -> Bools:
    """Which rows are of leads that came after all outcomes that a scorecard has learned from, (n,)."""
    until = card.history.known_until if card is not None and card.history is not None else None
    return np.zeros(len(since), np.bool_) if until is None else since > until


def _scored(contender: Contender, data: Dataset, as_registered: Bools) -> Floats:
    p = np.empty(len(data))
    for card, mask in ((contender.registered, as_registered), (contender.tested, ~as_registered)):
        at = np.flatnonzero(mask)
        if card is not None and len(at):
            p[at] = AdditiveScorer(card).many(data.take(at).columns, terms=False).probability
    return p


def _refuse_other_leads(contender: Contender, data: Dataset) -> None:
    """Raise DataError when many leads that had converted have not now: the names are of other leads."""
    now = pd.DataFrame({"lead_id": list(data.lead_ids), "when": data.when, "now": data.converted})
    both = _by_moment(contender).merge(now, on=KEY)
    won = both[both["converted"] == 1]
    lost = int((won["now"] == 0).sum())
    if lost > max(1, CHANGED * len(won)):
        version = contender.version.version
        raise DataError(
            f"these are not the leads that version {version} was tested on",
            got=f"of {len(won)} leads that had converted then, {lost} have not now",
            do="give the same table with newer leads added; without an id column, in the same order",
        )


def _rows(lead_ids: list[str], converted: NDArray[np.int64], when: Floats, *, dated: bool) -> Rows:
    _, whose = np.unique(np.array(lead_ids, dtype=np.str_), return_inverse=True)
    return Rows(converted, whose, periods_of(when, dated=dated) if len(when) else converted)

"""The training configuration: which data, which columns mean what, which agreement, how to learn."""

from pathlib import Path
from typing import Annotated

import msgspec

from features.catalog import Feature, Strict
from features.catalogfile import Declared, check_declared, read_catalog
from features.errors import ConfigError
from features.snapshots import Moments
from features.yamlfile import Document, read

LEADS = "leads"  # the program of those who have not bought yet


class LeadsTable(Strict, frozen=True, kw_only=True):
    """The table of leads: one row a lead, or, with a column ``valid_from``, one a version of its profile.

    file: CSV (also .gz) or Parquet, relative to the configuration; ``leadscore train --data`` overrides it, and with
        ``--store`` none is read
    id: the column that names a lead; without it, the row number does
    account: the column that names a lead's account; without it, the domain of its ``email`` does
    missing_values: texts that mean "unknown"
    """

    file: str | None = None
    id: str | None = None
    account: str = ""
    missing_values: tuple[str, ...] = ()


class Order(Strict, frozen=True, kw_only=True):
    """The order of the leads in time.

    column: dates or ascending numbers
    rows: whether the rows stand in order of time
    """

    column: str | None = None
    rows: bool = False


class Outcome(Strict, frozen=True, kw_only=True):
    """A flat export's outcome.

    column: the column that holds it
    positive: its values that mean "converted" (text without regard to case)
    at: the column that says when the lead converted; then outcomes that have not come yet are allowed for
    """

    column: str
    positive: tuple[str, ...] = ("1", "true", "yes")
    at: str | None = None


class Tables(Strict, frozen=True, kw_only=True):
    """The two other tables of the data contract, for leads with events.

    events: the table of events, beside that of the leads; not needed where the store is read
    outcomes: the table of outcomes, beside that of the leads; not needed where the store is read
    snapshots: at which moments of a lead's life it is read, as it was then
    program: whose changes of stage in the store are the outcomes
    stages: names that stages had before, and what they are called now
    """

    events: str | None = None
    outcomes: str | None = None
    snapshots: Moments
    program: str = LEADS
    stages: dict[str, str] = msgspec.field(default_factory=dict)


class Learner(Strict, frozen=True, kw_only=True):
    """How to learn; the defaults need no tuning per data set.

    bags: boosted models fitted on random subsamples and averaged; as many draws give the interval
    bins: most ranges that a number is cut into; without it, more where there are fewer numbers
    folds: parts of the training leads, in time, that are held out in turn to weigh history
    seed: the same seed learns the same
    jobs: processes (-1: one per core)
    """

    bags: Annotated[int, msgspec.Meta(ge=2)] = 8
    bins: Annotated[int, msgspec.Meta(ge=4)] | None = None
    folds: Annotated[int, msgspec.Meta(ge=2)] | None = None
    seed: int = 7
    jobs: int = -1


class TrainConfig(Strict, frozen=True, kw_only=True):
    """One training run.

    name: the model's name in the registry
    agreement: the agreement's file, relative to the configuration
    leads: the table of leads
    order: of a flat export's leads in time
    outcome: of a flat export; give this or ``tables``
    tables: of leads with events; give this or ``outcome``
    learner: how to learn
    ignore: columns that are no facts (ids, free text), each with a reason
    knows_future: columns filled or changed after the moment of scoring, each with a reason; never read
    known_from: columns, facts or the ``row order`` that the leakage guard suspects, each with the reason why they may
        be read
    catalog: a file of facts to learn from, relative to the configuration (``leadscore features check``)
    features: more such facts, beside the agreement's and those derived from the data
    derive_features: whether to derive facts from the data's own columns and event types
    train_share: the first part in time trains, the rest tests
    fit_on_all: whether the registered scorecard is fitted again on all leads after the test
    """

    name: str
    agreement: str
    leads: LeadsTable = LeadsTable()
    order: Order = Order()
    outcome: Outcome | None = None
    tables: Tables | None = None
    ignore: dict[str, str] = msgspec.field(default_factory=dict)
    knows_future: dict[str, str] = msgspec.field(default_factory=dict)
    known_from: dict[str, str] = msgspec.field(default_factory=dict)
    catalog: str | None = None
    features: tuple[Declared, ...] = ()
    derive_features: bool = True
    train_share: Annotated[float, msgspec.Meta(gt=0, lt=1)] = 0.7
    fit_on_all: bool = True
    learner: Learner = Learner()

    @property
    def declared(self) -> tuple[Feature, ...]:
        """The declared facts, of the catalog and of the configuration itself."""
        return tuple(d.feature for d in self.features)


def load_config(path: Path) -> TrainConfig:
    """Read a configuration and its catalog, whose facts it then has as its own first ``features``.

    Raises ConfigError with the line of the fault.
    """
    document = read(path, ConfigError)
    config = document.into(TrainConfig)
    if (config.outcome is None) == (config.tables is None):
        raise document.refuse(
            "outcomes come either from a column or from a table",
            got="both" if config.outcome else "neither",
            allowed="'outcome' (a flat export) or 'tables' (leads, events, outcomes)",
        )
    if config.outcome is not None and (config.order.column is None) == (not config.order.rows):
        raise document.refuse(
            "the leads have no order in time",
            ("order",),
            allowed="'order: {column: NAME}', or 'order: {rows: true}' when the rows are in order of time",
            do="name the column; without it a test on later leads, the only honest one, is impossible",
        )
    if config.outcome is not None and config.outcome.at is not None and config.order.column is None:
        raise document.refuse(
            "when outcomes came says nothing without when leads came",
            ("outcome", "at"),
            allowed="'at' together with 'order: {column: NAME}', a column of dates",
        )
    if config.tables is not None and config.order != Order():
        raise document.refuse("'order' is for flat exports; leads with events are ordered in time", ("order",))
    if config.tables is not None:
        _check_moments(config.tables.snapshots, document)
    check_declared(config.features, document)
    if config.catalog is None:
        return config
    return msgspec.structs.replace(config, features=(*read_catalog(path.parent / config.catalog), *config.features))


def _check_moments(moments: Moments, document: Document) -> None:
    path = ("tables", "snapshots")
    if not moments.declared:
        allowed = "at least one of 'ages', 'every_days', 'stage_changes', 'events'"
        do = "such as 'snapshots: {ages: [21]}': each lead once, 21 days after it was created"
        raise document.refuse("no moment is declared at which leads are read", path, allowed=allowed, do=do)
    if moments.most is not None and moments.every_days is None:
        do = "add 'every_days', or leave 'most' out"
        raise document.refuse("'most' bounds the snapshots by 'every_days', which is not given", (*path, "most"), do=do)

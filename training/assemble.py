"""From a configuration and its tables to a data set: every fact of every lead as of its moment."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from features.agreement import Agreement
from features.catalog import Feature
from features.columns import Column, joined_columns
from features.engines.duck import DuckEngine
from features.errors import ConfigError, DataError, nearest
from training.config import TrainConfig
from training.dataset import Dataset
from training.derived import derived_features
from training.event_tables import event_history
from training.files import Data, TableFiles, beside, files_of
from training.flat_export import flat_history
from training.guard.report import ROW_ORDER
from training.history import History
from training.reading import fingerprint, read_table, require
from training.scorecard import Scorecard

Step = Callable[[str, int, int], None]


def load_dataset(
    config: TrainConfig,
    agreement: Agreement,
    leads_file: Path,
    folder: Path,
    step: Step = lambda *_: None,
    reader: Scorecard | None = None,
    *,
    unfinished: bool = False,
) -> Dataset:
    """As ``load_configured``, from the file of leads, and from the configured events and outcomes in a folder."""
    return _load(config, agreement, beside(config, leads_file, folder), step, reader, unfinished=unfinished)


def load_configured(
    config: TrainConfig,
    agreement: Agreement,
    config_path: Path,
    data: Data | None,
    step: Step = lambda *_: None,
    reader: Scorecard | None = None,
    *,
    unfinished: bool = False,
) -> Dataset:
    """Read the tables that a configuration names into a data set; ``data``: where they are instead.

    ``step(what, done, of)`` is told how far the reading is.
    reader: a scorecard whose facts are read, as it reads them, instead of those declared and derived; a column that
    is no longer there, or may not be read any more, is unknown to it, as it would be in service
    unfinished: whether leads are read too whose horizon has not passed, with their outcomes as far as known

    Raises DataError or ConfigError, which name the file, the column and the row.
    """
    return _load(config, agreement, files_of(config, config_path, data, step), step, reader, unfinished=unfinished)


def _load(
    config: TrainConfig,
    agreement: Agreement,
    files: TableFiles,
    step: Step,
    reader: Scorecard | None,
    *,
    unfinished: bool,
) -> Dataset:
    declared = (*agreement.features, *config.declared) if reader is None else reader.features
    table = files.leads.name
    frame = read_table(files.leads, config.leads.missing_values, _read_as_texts(config, declared))
    _check_names(config, files, frame)
    if config.outcome is not None:
        history = flat_history(config, config.outcome, frame, table, unfinished=unfinished)
    elif config.tables is not None and files.history is not None:
        history = event_history(config, config.tables, agreement, frame, files, files.history, unfinished=unfinished)
    else:
        raise ConfigError("the configuration names neither 'outcome' nor 'tables'")
    features = _features(config, agreement, history) if reader is None else reader.features
    _check_answers(config, frame, features, table)
    if not features:
        what = "there is no fact to learn from: the agreement has no rules, and no column tells leads apart"
        raise DataError(what, where=table, do="bring columns that differ between leads, or agree on rules")
    read_by = agreement if reader is None else reader.agreement
    return Dataset(
        features=tuple(features),
        columns=_read(features, config, read_by, history, files.until, step),
        converted=history.converted.astype(np.int64),
        when=history.when,
        converts_ever=history.converts_ever,
        lead_ids=tuple(history.lead_ids),
        profile=history.profile,
        fingerprint=fingerprint(files.all),
        horizon=history.horizon,
        decided=history.decided,
        known_until=history.known_until,
        dated=history.dated,
        leads_in_table=history.leads,
    )


def _read_as_texts(config: TrainConfig, declared: Iterable[Feature]) -> list[str]:
    """The id and the columns that text facts read: ``01067`` stays what it is, as it does over HTTP."""
    facts = [f for f in declared if f.type == "text" and not f.asks_only_whether_known]
    return [config.leads.id or "lead_id", *(f.source.field for f in facts if f.source.field is not None)]


def _check_names(config: TrainConfig, files: TableFiles, frame: pd.DataFrame) -> None:
    table = files.leads.name
    named = {"ignore": config.ignore, "knows_future": config.knows_future}
    for key, columns in named.items():
        for column in columns:
            if column not in frame.columns:
                do = nearest(column, map(str, frame.columns))
                raise ConfigError(f"'{key}' names '{column}', which is no column", where=table, do=do)
    for name, what in ((config.leads.id, "the id column"), (config.leads.account, "the account column")):
        if name and not files.is_store:
            require(frame, name, what=what, table=table)


def _check_answers(config: TrainConfig, frame: pd.DataFrame, features: Iterable[Feature], table: str) -> None:
    """Refuse an answer to what the leakage guard never asks about: it asks about columns, facts and the row order."""
    asked = {*map(str, frame.columns), *(f.name for f in features), ROW_ORDER}
    for name in config.known_from:
        if name not in asked:
            what = f"'known_from' names '{name}', which is no column"
            raise ConfigError(what, where=table, do=nearest(name, asked))


def _features(config: TrainConfig, agreement: Agreement, history: History) -> list[Feature]:
    """The agreement's facts, then the declared ones, then those that the data suggest."""
    declared = [*agreement.features, *config.declared]
    twice = [name for name, n in Counter(f.name for f in declared).most_common(1) if n > 1]
    if twice:
        raise ConfigError(f"the fact '{twice[0]}' stands twice", where="features", do="give each its own name")
    _check_fields(declared, history.profile)
    if not config.derive_features:
        return declared
    return declared + derived_features(_once(history), declared, history.event_types)


def _once(history: History) -> pd.DataFrame:
    """The raw columns with one row a lead: a value is no more frequent for being read several times."""
    first: dict[str, int] = {}
    for row, lead_id in enumerate(history.lead_ids):
        first.setdefault(lead_id, row)
    return history.profile.iloc[list(first.values())]


def _check_fields(features: Iterable[Feature], profile: pd.DataFrame) -> None:
    for feature in features:
        field = feature.source.field
        if field is not None and field not in profile.columns:
            raise DataError(
                f"the fact '{feature.name}' reads '{field}', which is no column, or one that may not be read",
                where="leads",
                do=nearest(field, map(str, profile.columns)),
            )


def _read(
    features: Sequence[Feature],
    config: TrainConfig,
    agreement: Agreement,
    history: History,
    until: int | None,
    step: Step,
) -> tuple[Column, ...]:
    moments = pa.table({"lead_id": pa.array(history.lead_ids, pa.string()), "as_of": history.as_of})
    results = DuckEngine(step=step).read(
        features, history.tables, moments, missing=config.leads.missing_values, agreement=agreement, until=until
    )
    return tuple(joined_columns(column) for column in zip(*(r.columns for r in results), strict=True))

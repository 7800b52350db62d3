"""Where the tables of a training run are: files beside a configuration, or a copy of the store."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from features.errors import ConfigError
from features.moments import now
from training.config import TrainConfig
from training.store_tables import Step, Store

Data = Path | Store


class EventFiles(NamedTuple):
    """The files of events and outcomes."""

    events: Path
    outcomes: Path


class TableFiles(NamedTuple):
    """The files of the tables.

    history: events and outcomes; None for a flat export
    id_column, account, accounts: as ``features.engines.sources.Tables``
    is_store: whether they are a copy of the store, where an event may be ahead of the clock
    renamed: former stages, each with what it is called now, as the store knows it
    """

    leads: Path
    history: EventFiles | None
    id_column: str = "lead_id"
    account: str = ""
    accounts: Path | None = None
    is_store: bool = False
    renamed: Mapping[str, str] = {}

    @property
    def until(self) -> int | None:
        """The moment after which nothing can have happened: the present; None where that is not asked."""
        return None if self.is_store else now()

    @property
    def all(self) -> list[Path]:
        """Every file."""
        return [self.leads, *(self.history or ()), *([self.accounts] if self.accounts else [])]


def files_of(config: TrainConfig, config_path: Path, data: Data | None, step: Step = lambda *_: None) -> TableFiles:
    """The files as configured, or at ``data``: the leads file, the folder of all, or the store.

    step: told of progress

    Raises ConfigError where neither says it, DataError where the store cannot be read.
    """
    if isinstance(data, Store):
        return _of_store(config, config_path, data, step)
    if data is None and config.leads.file is None:
        do = "give the leads file with --data or the store with --store, or 'leads: {file: ...}'"
        raise ConfigError("no data", where=str(config_path), do=do)
    configured = config_path.parent / (config.leads.file or "leads.csv")
    if data is None:
        return beside(config, configured, configured.parent)
    file = data / configured.name if data.is_dir() else data
    return beside(config, file, file.parent)


def beside(config: TrainConfig, leads: Path, folder: Path) -> TableFiles:
    """The leads file, with the configured events and outcomes in a folder.

    Raises ConfigError where the configuration does not name them.
    """
    tables = config.tables
    if tables is None:
        return TableFiles(leads, None)
    if tables.events is None or tables.outcomes is None:
        do = "give 'tables: {events: ..., outcomes: ...}', or read the store with --store"
        raise ConfigError("the configuration names no files of events and outcomes", where="tables", do=do)
    history = EventFiles(folder / tables.events, folder / tables.outcomes)
    return TableFiles(leads, history, config.leads.id or "lead_id", config.leads.account)


def _of_store(config: TrainConfig, config_path: Path, store: Store, step: Step) -> TableFiles:
    if config.tables is None:
        what = "a store holds events and changes of stage, but the configuration is for a flat export"
        do = "give 'tables: {snapshots: ...}' instead of 'outcome'"
        raise ConfigError(what, where=str(config_path), do=do)
    copied = store.copied(config.tables.program, step)
    history = EventFiles(copied.events, copied.outcomes)
    return TableFiles(copied.leads, history, accounts=copied.accounts, is_store=True, renamed=copied.renamed)

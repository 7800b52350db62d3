"""Brings the database to the schema of this version, and refuses one that a later version has made."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

from features.errors import ConfigError
from serving.store.database import Store

_LOCK = 0x1EAD5C0E  # PostgreSQL: two workers that start at once migrate one after the other


def migrate(store: Store) -> None:
    """Apply every migration that is missing, all or none.

    Raises ConfigError where a later version of leadscore has been here, StoreUnavailable as ``Store.write`` does.
    """
    store.write(_upgrade)


def is_current(store: Store) -> bool:
    """Whether the database has the schema of this version; raises StoreUnavailable."""
    return store.read(lambda connection: _revision(connection) == _scripts().get_current_head())


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    at = _revision(connection)
    if at is not None and at not in {script.revision for script in _scripts().walk_revisions()}:
        what = "this database was made by a later version of leadscore"
        raise ConfigError(what, got=f"schema {at}", do="upgrade leadscore, or restore a backup from before")
    config = _config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise ConfigError("the database cannot be brought to this version", got=str(error)) from None


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    return config

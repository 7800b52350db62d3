"""Where the store is: by its URL, else a SQLite file in the home."""

from pathlib import Path

from serving.store.database import Store
from serving.store.migrate import migrate


def store_url(home: Path, url: str = "") -> str:
    """The URL that was given, or that of the home's own file.

    >>> store_url(Path(".leadscore"))
    'sqlite:///.leadscore/store.db'
    """
    return url or f"sqlite:///{home / 'store.db'}"


def open_store(home: Path, url: str = "") -> Store:
    """The store, with the tables of this version; close it at the end.

    Raises ConfigError for another kind of URL or a database of a later version, StoreUnavailable.
    """
    store = Store(store_url(home, url))
    try:
        migrate(store)
    except BaseException:
        store.close()
        raise
    return store

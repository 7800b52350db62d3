"""A client of the whole service, for tests."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fastapi.testclient import TestClient

from features.moments import now
from serving.access.first import first_key
from serving.app import create_app
from serving.programs.opening import open_programs
from serving.service import Service
from serving.settings import Settings
from serving.store.place import open_store

BASE = "http://127.0.0.1:8000"  # pages without signing in are for this machine's own names only


@contextmanager
def serving_client(
    settings: Settings, scorecard: Path | None = None, clock: Callable[[], int] = now
) -> Iterator[TestClient]:
    """The service over a home, with a key that has every right; an unexpected error is answered, not raised."""
    store = open_store(settings.home, settings.store)
    try:
        key = first_key(store, settings.home) or (settings.home / "key").read_text().strip()
        service = Service(settings, store, open_programs(settings, store, scorecard, clock), clock)
        headers = {"Authorization": f"Bearer {key}"}
        with TestClient(create_app(service), BASE, raise_server_exceptions=False, headers=headers) as client:
            yield client
    finally:
        store.close()

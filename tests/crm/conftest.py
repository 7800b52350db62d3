"""A desk, and each vendor's CRM, whose requests must all have been as the vendor documents them."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from crmdesk import CrmDesk, written
from desk import Desk, programs_of
from vendors.dynamics import Dynamics
from vendors.hubspot import TOKEN, HubSpot
from vendors.odoo import KEY, Odoo
from vendors.salesforce import Salesforce
from vendors.server import Vendor

from serving.store.database import Store
from training.scorecard import Scorecard

SECRET = {HubSpot: TOKEN, Odoo: KEY, Salesforce: "app-secret", Dynamics: "app-secret"}
Begin = Callable[..., CrmDesk]


@pytest.fixture
def vendors() -> Iterator[list[Vendor]]:
    """The CRMs of a test; afterwards nothing wrong may have been asked of them."""
    opened: list[Vendor] = []
    yield opened
    for vendor in opened:
        vendor.close()
    assert [wrong for vendor in opened for wrong in vendor.wrong] == []


@pytest.fixture
def sqlite_store(sqlite_with_tables: Path, tmp_path: Path) -> Iterator[Store]:
    """For what does not depend on the database."""
    store = Store(f"sqlite:///{shutil.copy(sqlite_with_tables, tmp_path)}")
    yield store
    store.close()


def _beginning(vendors: list[Vendor], store: Store, card: Scorecard, folder: Path) -> Begin:
    desk = Desk(store, programs_of(store, folder, leads=card))

    def begin(kind: type[Vendor], more: str = "", **how: Any) -> CrmDesk:
        vendors.append(kind(**how))
        name = kind.__name__.lower()
        return CrmDesk(desk, vendors[-1], written(folder, name, vendors[-1].url, SECRET[kind], more))

    return begin


@pytest.fixture
def begin(vendors: list[Vendor], sqlite_store: Store, rules_card: Scorecard, tmp_path: Path) -> Begin:
    """Begins a connection of a desk to a CRM of a kind."""
    return _beginning(vendors, sqlite_store, rules_card, tmp_path)


@pytest.fixture
def begin_on(vendors: list[Vendor], store: Store, rules_card: Scorecard, tmp_path: Path) -> Begin:
    """The same on either database."""
    return _beginning(vendors, store, rules_card, tmp_path)

"""Promotes a version or rolls back, as ``leadscore promote`` and ``leadscore rollback`` do. Child only."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from features.errors import ConfigError, RegistryError
from serving.versions.reading import plain, registry_of
from serving.versions.shapes import Order, Result
from training.leads import Leads
from training.promotion.pairs import Read
from training.promotion.promote import Override, promote
from training.registry.champion import model_of, roll_back
from training.registry.place import Registry
from training.registry.versions import CHAMPION, Version, find, text_of
from training.store_tables import Store

CONFIGURATION = ("train.yaml", "agreement.yaml", "features.yaml")


def decide(order: Order, uri: str, store: str) -> Result:
    """Carry out an order; ``store``: the database's URL. Raises LeadscoreError; the champion is then who it was."""
    home = Path(order.home)
    registry = registry_of(home, uri)
    name = model_of(registry, home)
    if order.work == "roll back":
        _refuse_moved(registry, name, order.champion)
        before, after = roll_back(registry, name, home, reason=order.reason, by=order.by)
        return Result(champion=after.version, before=before.version, moved=True)
    override = Override(order.reason, order.by) if order.override else None
    with _leads(order, registry, find(registry, name, order.version), store) as read:
        found = promote(registry, name, home, which=order.version, read=read, override=override, by=order.by)
    before_it = found.champion.version if found.champion else ""
    return Result(
        champion=found.version.version if found.promoted or not before_it else before_it,
        before=before_it,
        moved=found.promoted,
        overridden=found.overridden,
        verdict=plain(found.verdict) if found.verdict else None,
    )


def _refuse_moved(registry: Registry, name: str, champion: str) -> None:
    """Raises RegistryError where another version is the champion than the one that the page showed."""
    now = find(registry, name, CHAMPION)
    if now.version != champion:
        what, do = f"version {now.version} is the champion by now", "look at the page again, then decide"
        raise RegistryError(what, got=f"a rollback of version {champion}", do=do)


@contextmanager
def _leads(order: Order, registry: Registry, version: Version, store: str) -> Iterator[Read | None]:
    """How the leads of the store are read: by the configuration that the version was trained with."""
    if order.evidence == "tested":
        yield None
        return
    with TemporaryDirectory() as folder:
        for name in CONFIGURATION:
            if (text := text_of(registry, version, f"config/{name}")) is not None:
                (Path(folder) / name).write_text(text, "utf-8")
        leads = Leads(Path(folder) / CONFIGURATION[0], Store(store))
        if leads.config.tables is None:
            what = f"version {version.version} was trained on a flat export, which the store does not hold"
            do = "decide on the leads that both were tested on, or by: leadscore promote TRAINING.yaml --data FILE"
            raise ConfigError(what, do=do)
        yield leads.read

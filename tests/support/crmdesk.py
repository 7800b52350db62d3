"""Leads at a desk, a CRM that holds the same people, and a connection between them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from desk import HEAD_OF_IT, Desk
from vendors.server import Vendor

from serving.crm.config import CrmConfig
from serving.crm.ledger import Entry, due, failures
from serving.crm.loading import load_crm
from serving.crm.push import Pusher, Turn
from serving.intake.messages import Identify, Who
from serving.store.schema import crm_sent

SECRETS = {"hubspot": ("token",), "odoo": ("token",), "salesforce": ("client_id", "client_secret")}
SECRETS["dynamics"] = SECRETS["salesforce"]
USUAL = {
    "hubspot": "fields: {score: leadscore_score, grade: leadscore_grade, stage: leadscore_stage}",
    "salesforce": "fields: {score: Leadscore_score__c, grade: Leadscore_grade__c, stage: Leadscore_stage__c}",
    "dynamics": "tenant: contoso-tenant\nfind_by: profile.dynamics_id",
    "odoo": "database: acme\nfields: {score: x_leadscore_score, grade: x_leadscore_grade, stage: x_leadscore_stage}",
}


def written(folder: Path, kind: str, address: str, secret: str, more: str = "") -> Path:
    """A file of a connection; what ``more`` says comes in place of what is usual."""
    (folder / "secret").write_text(f"{secret}\n")
    given = "\n".join(f"  {name}: {{file: {folder / 'secret'}}}" for name in SECRETS[kind])
    login = f"login: {address}\n" if kind == "dynamics" else ""
    said = more or USUAL[kind]
    path = folder / f"{kind}.yaml"
    path.write_text(f"connector: {kind}\naddress: {address}\n{login}credentials:\n{given}\n{said}\n")
    return path


class CrmDesk:
    """A desk with a connection to one CRM."""

    def __init__(self, desk: Desk, vendor: Vendor, path: Path) -> None:
        self.desk, self.vendor, self.path = desk, vendor, path

    @property
    def config(self) -> CrmConfig:
        return load_crm(self.path)

    @contextmanager
    def pusher(self) -> Iterator[Pusher]:
        found = Pusher(self.desk.store, self.desk.programs, self.config, clock=lambda: self.desk.now, random=Random(1))
        try:
            yield found
        finally:
            found.close()

    def push(self, *, whatever: bool = False) -> Turn:
        """A turn of a worker of its own, which then leaves; until there is no more."""
        with self.pusher() as pusher:
            turn = pusher.turn(whatever=whatever)
            while turn.more:
                later = pusher.turn(whatever=whatever)
                turn = later._replace(counts={**turn.counts, **later.counts})
            return turn

    def lead(self, name: str, **traits: Any) -> None:
        """A lead comes in."""
        self.desk.identify(name, **HEAD_OF_IT | {"email": f"{name}@acme.example"} | traits)

    def leads(self, names: Iterable[str]) -> None:
        traits = [(name, {**HEAD_OF_IT, "email": f"{name}@acme.example"}) for name in names]
        self.desk.send(*[Identify(self.desk.name(), Who(name, None), told) for name, told in traits])

    def row(self, name: str) -> dict[str, Any]:
        (found,) = [row for row in self.desk.rows(crm_sent) if row["lead_id"] == name]
        return found

    def failures(self) -> list[Entry]:
        return self.desk.store.read(lambda c: failures(c, self.config, 100))

    def due(self) -> list[str]:
        return [e.lead_id for e in self.desk.store.read(lambda c: due(c, self.config, self.desk.now, 1_000))]

"""The rounds: start the service, load it, kill it, start it again, and look whether anything is wrong."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import httpx2
from killable import Killable
from nursery import Nursery
from sqlalchemy import Connection, func, select, update

from crash import announced, consistent, owed
from crash.agreement import quick_agreement
from crash.callers import Caller
from crash.databases import Database
from crash.hooks import Hooks
from crash.kept import Kept, kept
from crash.ledger import Ledger
from serving.settings import Settings
from serving.store.database import Store
from serving.store.many import among
from serving.store.schema import leases, webhook_deliveries, webhook_messages
from serving.webhooks import endpoints
from serving.webhooks.endpoints import Endpoint
from serving.webhooks.settings import WebhookSettings
from training.scorecard import rules_only, save

CALLERS = 4
ROUNDS_OF_AN_ERA = 20
QUIET = 60.0  # seconds in which everything must be delivered in the end
WEBHOOKS = WebhookSettings(allow_private=True, timeout=1.0, lease=3.0, poll=0.2)
EVERYTHING = {"since": "2000-01-01"}
WANTED: dict[str, dict[str, object]] = {
    "all": {},
    "stages": {"types": ["lead.stage_changed", "lead.recycled"]},
    "handed-over": {"filters": {"stages": ["MQL", "SAL"], "min_score": 30}},
}


class Broken(AssertionError):
    """Something is wrong; how to do the round again is in it."""


@dataclass
class Figures:
    """What happened in all rounds together."""

    rounds: int = 0
    acknowledged: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    harm: Counter[str] = field(default_factory=Counter)
    scores_replayed: int = 0
    webhooks: int = 0
    webhooks_heard: int = 0
    seconds: float = 0.0


class Crash:
    """One database's crash test."""

    def __init__(
        self, database: Database, folder: Path, seed: str, tell: Callable[[str], None] = lambda _: None
    ) -> None:
        self.database, self.seed, self.figures, self._tell = database, seed, Figures(), tell
        self._agreement = quick_agreement()
        save(rules_only(self._agreement), folder / "scorecard.json")
        settings = Settings(home=folder, store=database.url, webhooks=WEBHOOKS, grace=5)
        self._nursery = Nursery()
        self.service = Killable(self._nursery, settings, folder / "scorecard.json", folder / "log")
        self.store = Store(database.url, connections=2)
        self.hooks = Hooks(seed)
        self._endpoints: dict[str, Endpoint] = {}
        self._ledger, self._era, self._replayed, self._round = Ledger(), 0, 0, 0

    def run(self, rounds: int) -> Figures:
        """Raises Broken."""
        began = time.monotonic()
        try:
            self.service.start()
            self._register()
            for self._round in range(1, rounds + 1):
                self._one_round(Random(f"{self.seed} {self._round}"))
                if self._round % ROUNDS_OF_AN_ERA == 0:
                    self._next_era()
            self._settle()
            self._next_era()
        finally:
            self.close()
            self.figures.seconds = time.monotonic() - began
        return self.figures

    def close(self) -> None:
        self.service.close()
        self._nursery.close()
        self.hooks.close()
        self.store.close()

    def _register(self) -> None:
        for name, wanted in WANTED.items():
            body = {"url": self.hooks.url(name), **wanted}
            answer = httpx2.post(f"{self.service.url}/v1/webhooks", json=body, headers=self.service.headers)
            answer.raise_for_status()
            self.hooks.secrets[f"/{name}"] = answer.json()["secret"]
        self._endpoints = {e.endpoint_id: e for e in self.store.read(endpoints.everyone)}

    def _one_round(self, random: Random) -> None:
        """Load, harm, kill, start, look."""
        callers = [self._caller(n) for n in range(CALLERS)]
        for caller in callers:
            caller.start()
        time.sleep(random.uniform(0.05, 1.2))
        if random.random() < 0.25:
            self._count_harm(self.database.fault(random))
            time.sleep(random.uniform(0.0, 0.5))
        if (workers := self.service.workers()) and random.random() < 0.5:
            random.choice(workers).kill()
            self._count_harm("one worker killed")
            time.sleep(random.uniform(0.0, 1.0))
        self.service.kill()
        for caller in callers:
            caller.over.set()
        for caller in callers:
            caller.join()
        self.database.recover()
        if random.random() < 0.7:
            self.store.write(_a_day_passes)
        self._start_again(random)
        self._look()
        self.figures.rounds += 1

    def _caller(self, n: int) -> Caller:
        seed = f"{self._era}.{self._round}.{n}.{self.seed}"
        return Caller(f"caller {n}", self.service.url, self.service.headers, self._ledger, seed, self._era)

    def _start_again(self, random: Random) -> None:
        workers = 2 if random.random() < 0.15 else 1
        if random.random() < 0.1:
            self.service.begin(workers)
            time.sleep(random.uniform(0.1, 2.0))
            self.service.kill()
            self._count_harm("killed while it started")
        self.service.start(workers)

    def _count_harm(self, what: str) -> None:
        self.figures.harm[what.partition(" for ")[0]] += 1

    def _look(self, *, at_everything: bool = False) -> None:
        """Everything that must be true; of the scores those that are new, unless at everything."""
        heard = self.hooks.heard()  # before the store is read, as more is announced and heard meanwhile
        found = [*self._ledger.faults, *self.hooks.forged(), *self.store.read(lambda c: _unstored(c, heard))]
        found += self.store.read(lambda c: self._wrong(c, at_everything))
        if found:
            again = f"seed {self.seed}, {self.database.name}, round {self._round}"
            raise Broken("\n".join([again, *found[:40], self.service.last_words()]))
        self._tell(
            f"{self.database.name}: round {self._round}, {len(self._ledger.acknowledged)} acknowledged in this era"
        )

    def _wrong(self, connection: Connection, at_everything: bool) -> list[str]:
        found = kept(connection, self._era)
        wrong = [fault for promise in owed.OWED for fault in promise(self._ledger, found)]
        wrong += consistent.stages_in_disorder(found, self._agreement)
        wrong += consistent.scores_in_disorder(found)
        wrong += consistent.moments_ahead(found)
        wrong += consistent.not_replayed(connection, found, 0 if at_everything else self._replayed)
        wrong += self._wrong_with_webhooks(connection, found)
        if at_everything:
            wrong += [*consistent.orphans(connection), *self.database.unsound(connection)]
        self._replayed = max([self._replayed, *(row.score_id for row in found.scores)])
        return wrong

    def _wrong_with_webhooks(self, connection: Connection, found: Kept) -> Iterator[str]:
        yield from announced.changes_not_announced(found)
        yield from announced.clocks_not_announced(found)
        yield from announced.scores_not_announced(found)
        yield from announced.deliveries_wrong(found, self._endpoints)
        yield from announced.delivered_unheard(found, self._endpoints, self.hooks)

    def _next_era(self) -> None:
        """Look at all of this era once more, thoroughly, and begin with other leads."""
        self._look(at_everything=True)
        figures, ledger = self.figures, self._ledger
        figures.acknowledged.update(ledger.sent[key].kind for key in ledger.acknowledged)
        figures.answers.update(ledger.statuses)
        figures.scores_replayed += self.store.read(lambda c: len(kept(c, self._era).scores))
        self._ledger, self._era = Ledger(), self._era + 1

    def _settle(self) -> None:
        """The receiver is well again: in the end everything is delivered."""
        self.service.kill()
        self.hooks.well = True
        self.store.write(_a_day_passes)
        self.service.start()
        for endpoint_id in self._endpoints:
            path = f"/v1/webhooks/{endpoint_id}/replay"
            httpx2.post(self.service.url + path, json=EVERYTHING, headers=self.service.headers).raise_for_status()
        until = time.monotonic() + QUIET
        while (states := self.store.read(_states)).keys() - {"delivered"}:
            if time.monotonic() > until:
                left = self.store.read(lambda c: c.execute(select(webhook_deliveries).where(_PENDING)).all())
                raise Broken(
                    f"after {QUIET:g} s not everything is delivered: {states} {left} {self.service.last_words()}"
                )
            time.sleep(1.0)
            self.store.write(_waits_end)
        self._undelivered()
        self.service.terminate()

    def _undelivered(self) -> None:
        path_of = {i: "/" + e.url.rpartition("/")[2] for i, e in self._endpoints.items()}
        d = webhook_deliveries.c
        owed_ = {
            (path_of[e], m) for e, m in self.store.read(lambda c: c.execute(select(d.endpoint_id, d.message_id)).all())
        }
        if lost := owed_ - self.hooks.taken:
            raise Broken(f"{len(lost)} webhooks were never taken: {sorted(lost)[:5]}")
        self.figures.webhooks, self.figures.webhooks_heard = len(owed_), len(self.hooks.receiver.got)


_PENDING = webhook_deliveries.c.state == "pending"


def _a_day_passes(connection: Connection) -> None:
    """While the service is down: whatever waits for its time has waited, and leases of the dead have run out."""
    _waits_end(connection)
    connection.execute(update(webhook_deliveries).where(_PENDING).values(claimed_until=0))
    connection.execute(update(leases).values(until=0))


def _waits_end(connection: Connection) -> None:
    """The next attempt of whatever failed is due."""
    connection.execute(update(webhook_deliveries).where(_PENDING).values(next_at=0))


def _unstored(connection: Connection, heard: set[str]) -> list[str]:
    asked = select(webhook_messages.c.message_id).where(among(connection, webhook_messages.c.message_id, list(heard)))
    return [f"{i}: heard of, but not stored" for i in heard - set(connection.execute(asked).scalars())]


def _states(connection: Connection) -> Counter[str]:
    d = webhook_deliveries.c
    return Counter(dict(connection.execute(select(d.state, func.count()).group_by(d.state)).tuples().all()))

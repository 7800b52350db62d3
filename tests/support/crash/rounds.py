"""The rounds: start the service, load it, kill it, start it again, and look whether anything is wrong."""

import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import NamedTuple

import httpx2
from killable import Killable
from nursery import Nursery
from sqlalchemy import func, select

from crash import look
from crash.agreement import quick_agreement
from crash.callers import Caller
from crash.databases import Database
from crash.figures import Broken, Figures
from crash.hooks import Hooks
from crash.ledger import Ledger
from crash.look import Watched
from crash.waiting import a_day_passes, states, waits_end
from serving.settings import Settings
from serving.store.database import Store
from serving.store.schema import scores, webhook_deliveries
from serving.webhooks import endpoints
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


class Plan(NamedTuple):
    """How rounds go: most seconds of load, and the shares of those in which something else happens.

    harmed: the database is harmed too; half_started: it is killed once more, while it starts; shared: by two workers
    passing: a day passes while it is down
    """

    seconds: float = 1.2
    harmed: float = 0.25
    half_started: float = 0.1
    shared: float = 0.15
    passing: float = 0.7


class Crash:
    """One database's crash test; all its draws, but for the order of threads, come from the seed."""

    def __init__(
        self,
        database: Database,
        folder: Path,
        seed: str,
        plan: Plan = Plan(),  # noqa: B008 - it is frozen
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.database, self.seed, self.plan, self._tell = database, seed, plan, tell
        self.figures = Figures()
        agreement = quick_agreement()
        save(rules_only(agreement), folder / "scorecard.json")
        settings = Settings(home=folder, store=database.url, webhooks=WEBHOOKS, grace=5)
        self._nursery = Nursery()
        self.service = Killable(self._nursery, settings, folder / "scorecard.json", folder / "log")
        self.store = Store(database.url, connections=2)
        self.hooks = Hooks(seed)
        self._watched = Watched(0, Ledger(), agreement, {}, self.hooks)
        self._replayed, self._round = 0, 0

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
            self.hooks.secrets[f"/{name}"] = answer.raise_for_status().json()["secret"]
        self._watched = self._watched._replace(
            endpoints={e.endpoint_id: e for e in self.store.read(endpoints.everyone)}
        )

    def _one_round(self, random: Random) -> None:
        """Load, harm, kill, start, look."""
        callers = [self._caller(n) for n in range(CALLERS)]
        for caller in callers:
            caller.start()
        time.sleep(random.uniform(0.05, self.plan.seconds))
        if random.random() < self.plan.harmed:
            self.figures.harm[self.database.fault(random)] += 1
            time.sleep(random.uniform(0.0, 0.5))
        if (workers := self.service.workers()) and random.random() < 0.5:
            random.choice(workers).kill()
            self.figures.harm["one worker killed"] += 1
            time.sleep(random.uniform(0.0, 1.0))
        self.service.kill()
        for caller in callers:
            caller.over.set()
        for caller in callers:
            caller.join()
        self.database.recover()
        if random.random() < self.plan.passing:
            self.store.write(a_day_passes)
        self._start_again(random)
        self._look(self._replayed)
        self.figures.rounds += 1

    def _caller(self, n: int) -> Caller:
        era, ledger = self._watched.era, self._watched.ledger
        seed = f"{era}.{self._round}.{n}.{self.seed}"
        return Caller(f"caller {n}", self.service.url, self.service.headers, ledger, seed, era)

    def _start_again(self, random: Random) -> None:
        workers = 2 if random.random() < self.plan.shared else 1
        if random.random() < self.plan.half_started:
            self.service.begin(workers)
            time.sleep(random.uniform(0.1, 2.0))
            self.service.kill()
            self.figures.harm["killed while it started"] += 1
        self.service.start(workers)

    def _look(self, after: int) -> None:
        """Everything that must be true; scores beyond a number are replayed."""
        heard = self.hooks.heard()  # before the store is read, as more is announced and heard meanwhile
        found = [*self._watched.ledger.faults, *self.hooks.forged()]
        found += self.store.read(lambda c: look.unstored(c, heard))
        found += self.store.read(lambda c: look.wrong(c, self._watched, after))
        self._fail(found)
        self._replayed = self.store.read(lambda c: c.execute(select(func.max(scores.c.score_id))).scalar()) or 0
        self._tell(f"{self.database.name}: round {self._round}, {len(self._watched.ledger.acknowledged)} acknowledged")

    def _fail(self, found: list[str]) -> None:
        if found:
            again = f"seed {self.seed}, {self.database.name}, round {self._round}"
            raise Broken("\n".join([again, *found[:40], self.service.last_words()]))

    def _next_era(self) -> None:
        """Look at all of this era once more, at the database as a whole, and begin with other leads."""
        self._look(0)
        self._fail(self.store.read(lambda c: look.unsound(c, self.database)))
        figures, ledger = self.figures, self._watched.ledger
        figures.acknowledged.update(ledger.sent[key].kind for key in ledger.acknowledged)
        figures.answers.update(ledger.statuses)
        figures.scores_replayed = self._replayed
        self._watched = self._watched._replace(era=self._watched.era + 1, ledger=Ledger())

    def _settle(self) -> None:
        """The receiver is well again: in the end everything is delivered, then the service stops when it is told to."""
        self.service.kill()
        self.hooks.well = True
        self.store.write(a_day_passes)
        self.service.start()
        for endpoint_id in self._watched.endpoints:
            path = f"/v1/webhooks/{endpoint_id}/replay"
            httpx2.post(self.service.url + path, json=EVERYTHING, headers=self.service.headers).raise_for_status()
        until = time.monotonic() + QUIET
        while (left := self.store.read(states)).keys() - {"delivered"}:
            if time.monotonic() > until:
                self._fail([f"after {QUIET:g} s not everything is delivered: {left}"])
            time.sleep(1.0)
            self.store.write(waits_end)
        self.service.terminate()
        self._fail(self._never_taken())

    def _never_taken(self) -> list[str]:
        path_of = {i: "/" + e.url.rpartition("/")[2] for i, e in self._watched.endpoints.items()}
        d = webhook_deliveries.c
        rows = self.store.read(lambda c: c.execute(select(d.endpoint_id, d.message_id)).all())
        due = {(path_of[endpoint_id], message_id) for endpoint_id, message_id in rows}
        self.figures.webhooks, self.figures.heard = len(due), len(self.hooks.receiver.got)
        return [f"{message_id}: {path} never took it" for path, message_id in sorted(due - self.hooks.taken)]

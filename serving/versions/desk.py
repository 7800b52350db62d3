"""The registry as the model page sees it: read in the background, decided on one at a time; requests never wait."""

import logging
from pathlib import Path
from threading import Lock, Thread
from typing import NamedTuple

from features.errors import RegistryError
from serving.access import audit
from serving.access.caller import Caller
from serving.observe.request_id import current
from serving.programs.home import card_path
from serving.service import Service
from serving.store.database import StoreUnavailable
from serving.versions.asking import PATIENCE, ask
from serving.versions.kept import keep_decision, keep_read, last_decision, last_read
from serving.versions.shapes import DECIDING, Decision, Fault, Order, Said, Snapshot
from training.registry.lock import alone

log = logging.getLogger("leadscore")
SECOND = 1_000_000
FRESH = 60 * SECOND  # so long a registry elsewhere is taken to be as it was read
AGAIN = 30 * SECOND  # after a fault
STARTING = 120 * SECOND  # until a process that decides surely holds the lock, on a very busy machine too
_ACTS = {"promote": "model.promotion", "roll back": "model.rollback"}


class Looked(NamedTuple):
    """What is known of a registry now.

    there: whether there is one to be read; snapshot: as it was last read; fault: why the last reading failed
    reading: whether it is being read at this moment; decision: the last one, which may be under way
    """

    there: bool
    snapshot: Snapshot | None = None
    fault: Fault | None = None
    reading: bool = False
    decision: Decision | None = None
    deciding: bool = False


class RegistryDesk:
    """Reads the registries of a service's programs, and has them moved, each in a process of its own."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._lock, self._reading = Lock(), set[str]()

    def look(self, program: str, *, anew: bool = False) -> Looked:
        """What is known now; what is too old, or asked for ``anew``, is read again in the background."""
        home = self._home(program)
        if not self._there(home):
            return Looked(there=False)
        kept, decision = last_read(home), last_decision(home)
        deciding = self._under_way(home, decision)
        if not deciding and (anew or kept is None or self._stale(home, kept.at, failed=kept.said.fault is not None)):
            self._begin_reading(program)
        said = kept.last if kept else None
        return Looked(
            there=True,
            snapshot=said.snapshot if said else None,
            fault=kept.said.fault if kept else None,
            reading=program in self._reading,
            decision=decision,
            deciding=deciding,
        )

    def decide(self, program: str, order: Order, caller: Caller) -> bool:
        """Begin a promotion or a rollback; False where another one is under way. Raises StoreUnavailable."""
        home, now = self._home(program), self._service.clock()
        with self._lock:
            if self._under_way(home, last_decision(home)):
                return False
            decision = Decision(order=order, begun_at=now)
            keep_decision(home, decision)
        self._note(
            caller, f"{_ACTS[order.work]}_asked", program, {"version": order.version, "override": order.override}
        )
        arguments = (program, decision, caller, current())
        Thread(target=self._carry_out, args=arguments, name="decision", daemon=True).start()
        return True

    def order(self, program: str, **asked: object) -> Order:
        """An order for a program's registry."""
        return Order(home=str(self._home(program).resolve()), **asked)  # type: ignore[arg-type]

    def _carry_out(self, program: str, decision: Decision, caller: Caller, request_id: str) -> None:
        home, order = self._home(program), decision.order
        said = ask(self._service, order)
        if said.busy:
            said = Said(fault=Fault(what="another decision is under way", do="wait until it is done"))
        now = self._service.clock()
        keep_decision(home, Decision(order=order, begun_at=decision.begun_at, ended_at=now, said=_alone(said)))
        if said.snapshot:
            keep_read(home, Said(snapshot=said.snapshot), now)
        result = said.result
        told = {"version": result.champion, "before": result.before, "moved": result.moved} if result else {}
        fault = {"fault": said.fault.what} if said.fault else {}
        try:
            self._note(caller, _ACTS[order.work], program, told | fault, request_id)
        except StoreUnavailable as error:
            log.error("what came of a decision on %s is not in the audit: %s", program, error.what)

    def _begin_reading(self, program: str) -> None:
        with self._lock:
            if program in self._reading:
                return
            self._reading.add(program)
        Thread(target=self._read, args=(program,), name=f"registry of {program}", daemon=True).start()

    def _read(self, program: str) -> None:
        try:
            said = ask(self._service, self.order(program))
            keep_read(self._home(program), said, self._service.clock())
        finally:
            self._reading.discard(program)

    def _home(self, program: str) -> Path:
        return card_path(self._service.settings.home, program).parent

    def _there(self, home: Path) -> bool:
        return bool(self._service.settings.follow) or (home / "mlflow.db").exists()

    def _stale(self, home: Path, read_at: int, *, failed: bool) -> bool:
        """Whether it may be another by now: the home's own registry was written to, one elsewhere is asked by time."""
        age = self._service.clock() - read_at
        if failed:
            return age > AGAIN
        if self._service.settings.follow:
            return age > FRESH
        return any(file.stat().st_mtime_ns // 1_000 > read_at for file in home.glob("mlflow.db*"))

    def _under_way(self, home: Path, decision: Decision | None) -> bool:
        """Whether a decision is being carried out; who died in between is not waited for."""
        if decision is None or decision.ended_at is not None:
            return False
        age = self._service.clock() - decision.begun_at
        return age < STARTING or (age < (PATIENCE[decision.order.work] + 1) * SECOND and _is_held(home))

    def _note(self, caller: Caller, act: str, program: str, detail: dict[str, object], request_id: str = "") -> None:
        self._service.store.write(
            lambda connection: audit.note(
                connection, caller, act, program, detail, request_id, at=self._service.clock()
            )
        )


def _is_held(home: Path) -> bool:
    """Whether a process holds the lock of decisions: it goes with the process, however that ends."""
    try:
        with alone(home, DECIDING):
            return False
    except RegistryError:
        return True


def _alone(said: Said) -> Said:
    """What came of a decision, without the registry as it was read then."""
    return Said(result=said.result, fault=said.fault)

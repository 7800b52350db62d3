"""The jobs of the service: scores kept young and SLAs watched; and beside them, what is old forgotten."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from features.moments import SECOND
from serving.access import idempotency
from serving.jobs.runner import Job
from serving.leads.due import BATCH, rescore_due, watch_clocks
from serving.people.pruning import prune
from serving.programs.beginning import welcome
from serving.service import Service
from serving.signin import sessions
from serving.webhooks.queue import set_right

if TYPE_CHECKING:
    from serving.crm.push import Pusher

RESCORE, SLA, CLOCK, WELCOME, FORGET, PRUNE = 5.0, 1.0, 60.0, 3_600.0, 3_600.0, 86_400.0  # seconds
PUSH = 5.0


def jobs_of(service: Service, scored: Callable[[int], None] = lambda _: None) -> list[Job]:
    """The jobs that others wait for; ``scored``: told how many leads were scored anew."""

    def rescore(at: int) -> bool:
        done = rescore_due(service.store, service.programs, at)
        if done:
            scored(done)
            service.wake()
        return done >= BATCH

    def watch(at: int) -> bool:
        done = watch_clocks(service.store, service.programs, at)
        if done:
            service.wake()
        return done >= BATCH

    def set_clock_right(at: int) -> bool:
        longest = round(2 * service.settings.webhooks.lease * SECOND)
        if service.store.write(lambda connection: set_right(connection, at, longest)):
            service.wake()
        return False

    def welcomed(at: int) -> bool:
        done = welcome(service.store, service.programs, at)
        if done:
            service.wake()
        return done >= BATCH

    return [
        Job("sla", SLA, watch),
        Job("rescore", RESCORE, rescore),
        Job("clock", CLOCK, set_clock_right),
        Job("customers", WELCOME, welcomed),
    ]


def housekeeping_of(service: Service) -> list[Job]:
    """The jobs that may take long, on a day when much has grown too old."""

    def forget(at: int) -> bool:
        service.store.write(lambda connection: idempotency.prune(connection, at))
        return False

    def delete_old(at: int) -> bool:
        prune(service.store, service.settings.retention, at)
        service.store.write(lambda connection: sessions.prune(connection, at))
        return False

    return [Job("forget", FORGET, forget), Job("prune", PRUNE, delete_old)]


def pushers_of(service: Service) -> "list[Pusher]":
    """What brings CRMs up to date, one for each; nothing of it is loaded where there is none."""
    if not service.settings.crm:
        return []
    from serving.crm.push import Pusher

    return [Pusher(service.store, service.programs, crm, clock=service.clock) for crm in service.settings.crm]


def pushing(service: Service, pusher: "Pusher") -> Job:
    """The job of one CRM, which waits for that CRM and so for none other."""

    def push(_: int) -> bool:
        served = any(one.program == pusher.config.program for one in service.programs.all())
        return served and pusher.turn().more

    return Job(f"push {pusher.config.name}", PUSH, push)

"""The jobs of the service: scores kept young, SLAs watched, what is old forgotten."""

from collections.abc import Callable

from features.moments import SECOND
from serving.access import idempotency
from serving.jobs.runner import Job
from serving.leads.due import BATCH, rescore_due, watch_clocks
from serving.programs.beginning import welcome
from serving.service import Service
from serving.webhooks.queue import set_right

RESCORE, SLA, CLOCK, WELCOME, FORGET = 5.0, 1.0, 60.0, 3_600.0, 3_600.0  # seconds


def jobs_of(service: Service, scored: Callable[[int], None] = lambda _: None) -> list[Job]:
    """The jobs; ``scored``: told how many leads were scored anew."""

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

    def forget(at: int) -> bool:
        service.store.write(lambda connection: idempotency.prune(connection, at))
        return False

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
        Job("forget", FORGET, forget),
    ]

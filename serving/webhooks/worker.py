"""The worker that delivers: looks what is due, claims it, and makes each attempt in a thread of its own."""

from collections.abc import Callable
from random import Random
from threading import Event, Thread
from time import monotonic

import structlog

from features.moments import SECOND, now
from serving.store.database import Store, StoreUnavailable
from serving.webhooks import metrics
from serving.webhooks.addresses import LookUp, look_up
from serving.webhooks.delivery import Answer, Sender
from serving.webhooks.queue import Claim, Ending, claim, record, release, waiting
from serving.webhooks.schedule import wait
from serving.webhooks.settings import WebhookSettings
from serving.webhooks.slots import Slots

Clock = Callable[[], int]
_GONE = 410

log = structlog.get_logger("leadscore.webhooks")


class Deliverer:
    """Delivers what is due of one store, beside as many others as there are; ``start`` it once, ``stop`` it at the end.

    clock: gives the moment; look: gives the addresses of a host; random: of the waits
    adds: what a payload says more than is stored of it, the same at every attempt
    """

    def __init__(
        self,
        store: Store,
        settings: WebhookSettings | None = None,
        *,
        clock: Clock = now,
        look: LookUp = look_up,
        random: Random | None = None,
        adds: Callable[[str], str] = lambda payload: payload,
    ) -> None:
        self._store, self._settings, self._clock = store, settings or WebhookSettings(), clock
        self._random, self._adds = random or Random(), adds
        self._sender = Sender(self._settings, look)
        self._slots = Slots(self._settings.threads, self._settings.per_endpoint)
        self._woken, self._stopping = Event(), Event()
        self._loop = Thread(target=self._run, name="webhooks", daemon=True)

    def start(self) -> None:
        """Deliver from now on."""
        self._loop.start()

    def wake(self) -> None:
        """Look at once: something was announced and committed. Cheap, from any thread."""
        self._woken.set()

    def stop(self, timeout: float = 20.0) -> None:
        """Begin nothing new, finish what is under way; after so many seconds give back what is not finished."""
        end = monotonic() + timeout
        self._stopping.set()
        self.wake()
        if self._loop.is_alive():
            self._loop.join(timeout)
        unfinished = self._slots.give_up(max(0.0, end - monotonic()))
        try:
            self._store.write(lambda connection: release(connection, unfinished))
        except StoreUnavailable:
            log.warning("what was not finished waits for the end of its lease", webhooks=len(unfinished))

    def run_once(self, at: int) -> int:
        """Make every attempt that is due at a moment, and wait for all; how many."""
        made = 0
        while begun := self._begin(lambda: at):
            made += begun
            self._slots.wait_until_empty()
        return made

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._woken.clear()
            if not self._tried_to_begin():
                self._woken.wait(self._settings.poll)

    def _tried_to_begin(self) -> int:
        try:
            return self._begin(self._clock)
        except StoreUnavailable as error:
            log.warning("webhooks wait for the store", error=error.what)
        except Exception:  # nothing that is wrong with one message may keep the others from being sent
            log.exception("webhooks could not be begun")
        return 0

    def _begin(self, clock: Clock) -> int:
        """Begin as many attempts as are due and there is room for; how many."""
        at = clock()
        queue = self._store.read(lambda connection: waiting(connection, at))
        metrics.PENDING_SECONDS.set(0 if queue.since is None else max(0, at - queue.since) / SECOND)
        shares = self._slots.shares(queue.due)
        if not shares:
            return 0
        until = at + round(self._settings.lease * SECOND)
        claims = self._store.write(lambda connection: claim(connection, at, shares, until))
        for each in claims:
            self._slots.take(each)
            Thread(target=self._deliver, args=(each, clock), name=f"webhook {each.delivery_id}", daemon=True).start()
        return len(claims)

    def _deliver(self, mine: Claim, clock: Clock) -> None:
        answer = self._attempted(mine, clock)
        try:
            if self._slots.ends(mine):
                self._record(mine, answer, clock())
        except StoreUnavailable as error:  # the lease runs out, and it is sent once more
            log.warning("the outcome of a webhook was not stored", message_id=mine.message_id, error=error.what)
        except Exception:
            log.exception("the outcome of a webhook could not be stored", message_id=mine.message_id)
        finally:
            self._slots.give(mine, failed=bool(answer.error))
            self.wake()

    def _attempted(self, mine: Claim, clock: Clock) -> Answer:
        try:
            with metrics.SECONDS.time():
                return self._sender.deliver(mine._replace(payload=self._adds(mine.payload)), clock())
        except Exception:  # counts as a failure, so that it ends some day
            log.exception("a webhook could not be tried", message_id=mine.message_id)
            return Answer(error="an unexpected error; it was logged")

    def _record(self, mine: Claim, answer: Answer, at: int) -> None:
        end = ending(answer, mine.attempts + 1, at, self._random)
        dead = self._store.write(lambda connection: record(connection, mine, at, end))
        metrics.ATTEMPTS.labels("failed" if answer.error else "delivered").inc()
        metrics.DEAD.inc(dead)
        if answer.error:
            endpoint_id = mine.endpoint.endpoint_id
            log.warning(
                "a webhook failed",
                message_id=mine.message_id,
                endpoint_id=endpoint_id,
                why=answer.error,
                then=end.state,
            )


def ending(answer: Answer, attempts: int, at: int, random: Random) -> Ending:
    """What becomes of a delivery after so many attempts, of which this is the last."""
    if not answer.error:
        return Ending("delivered", 0, answer.status, "")
    if answer.status == _GONE:
        return Ending("dead", 0, answer.status, answer.error, "the receiver answered 410 Gone")
    pause = wait(attempts, random, answer.asked)
    if pause is None:
        return Ending("dead", 0, answer.status, answer.error)
    return Ending("pending", at + pause, answer.status, answer.error)

"""A receiver of webhooks that nobody should rely on: it fails, dawdles, hangs up, asks to wait, or takes what comes."""

from random import Random
from threading import Lock
from time import sleep

from receiver import Handler, Receiver
from standardwebhooks import Webhook, WebhookVerificationError


class Hooks:
    """One receiver with a path for each endpoint.

    well: whether it takes everything; secrets: of each path
    taken: what it has answered with 2xx, as (path, webhook-id); what came at all is in ``receiver.got``
    """

    def __init__(self, seed: str) -> None:
        self._random, self._lock = Random(seed), Lock()
        self.well = False
        self.secrets: dict[str, str] = {}
        self.taken: set[tuple[str, str]] = set()
        self.verified = 0
        self.receiver = Receiver(self._reply)

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.receiver.port}/{name}"

    def _reply(self, handler: Handler) -> None:
        with self._lock:
            draw = 0.0 if self.well else self._random.random()
        if draw < 0.6:
            self._take(handler)
        elif draw < 0.72:
            handler.answer(500)
        elif draw < 0.78:
            handler.answer(429, Retry_After="1")
        elif draw < 0.82:
            handler.answer(302, Location="/elsewhere")
        elif draw < 0.90:
            handler.close_connection = True  # it has stored what came, and hangs up without a word
        elif draw < 0.94:
            sleep(1.5)  # longer than the sender waits
            self._take(handler)
        else:
            sleep(0.3)
            self._take(handler)

    def _take(self, handler: Handler) -> None:
        with self._lock:
            self.taken.add((handler.path, handler.headers["webhook-id"]))
        handler.answer(204)

    def heard(self) -> set[str]:
        """The ids of what came since ``forged`` was last asked."""
        return {got.headers["webhook-id"] for got in self.receiver.got[self.verified :]}

    def forged(self) -> list[str]:
        """What came since the last look and does not verify, as any receiver would verify it."""
        found = []
        for got in self.receiver.got[self.verified :]:
            try:
                Webhook(self.secrets[got.path]).verify(got.body, got.headers)
            except (WebhookVerificationError, KeyError) as error:
                found.append(f"{got.headers.get('webhook-id')} at {got.path}: {error!r}")
            self.verified += 1
        return found

    def close(self) -> None:
        self.receiver.close()

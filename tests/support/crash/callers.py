"""Callers that never give up: what was not answered they send again, under the id that it had."""

from collections.abc import Callable
from random import Random
from threading import Event, Thread
from typing import Any

import httpx2
import orjson

from crash.ledger import Ledger, Sent

MOVES = {
    "accept": [""],
    "reject": ["no budget", "no need now"],
    "recycle": ["no budget"],
    "convert": [""],
    "lose": ["no answer"],
}
COMPANIES = ("acme", "plant", "bakery")
TITLES = ("Head of IT", "CEO", "Student", "Operations Manager")
EVENTS = ("page_view", "page_view", "webinar_attended", "email_clicked", "demo_requested")
PATHS = ("/pricing", "/product", "/team", "/careers")
TIMEOUT = 15.0


class Caller(Thread):
    """One caller, until it is told to stop or the service is gone. All its draws come from one seed.

    era: leads of other eras are left alone, so that no lead grows for ever
    """

    def __init__(self, name: str, url: str, headers: dict[str, str], ledger: Ledger, seed: str, era: int) -> None:
        super().__init__(name=name, daemon=True)
        self._ledger, self._random, self._era, self._headers = ledger, Random(seed), era, headers
        self._http = httpx2.Client(base_url=url, timeout=TIMEOUT)
        self._number, self._seed = 0, seed
        self.over = Event()
        self._ways: list[tuple[float, Callable[[], None]]] = [
            (30, self._track),
            (10, self._batch),
            (14, self._identify),
            (5, self._group),
            (30, self._move),
            (8, self._again),
            (3, self._read),
        ]

    def run(self) -> None:
        ways, weights = [way for _, way in self._ways], [weight for weight, _ in self._ways]
        try:
            while not self.over.is_set():
                self._random.choices(ways, weights)[0]()
        except httpx2.TransportError:
            self._ledger.count("gone")
        finally:
            self._http.close()

    def _track(self) -> None:
        self._message(self._event())

    def _batch(self) -> None:
        batch = [
            self._random.choice((self._event, self._event, self._identity))()
            for _ in range(self._random.randint(2, 12))
        ]
        if self._random.random() < 0.3:
            batch.append(batch[0])  # the same one twice in one request
        wrapped = [sent.body | {"type": sent.path.rpartition("/")[2]} for sent in batch]
        self._ledger.begin(*batch)
        self._post("/v1/batch", {"batch": wrapped}, lambda answer: self._ledger.acknowledge(answer, *batch))

    def _identify(self) -> None:
        self._message(self._identity())

    def _group(self) -> None:
        lead, key = self._lead(), self._key("g")
        body = {
            "messageId": key,
            "userId": lead,
            "groupId": f"{self._random.choice(COMPANIES)}-{self._era}",
            "traits": {"industry": self._random.choice(("software", "hospitality")), "plan": key},
        }
        self._message(Sent(key, "group", "/v1/group", lead, body))

    def _move(self) -> None:
        action = self._random.choice(list(MOVES))
        lead, key = self._lead(), self._key("a")
        body = {"reason": self._random.choice(MOVES[action]), "note": key, "by": "jonas"}
        self._act(Sent(key, "move", f"/v1/leads/{lead}/{action}", lead, body))

    def _again(self) -> None:
        """What was never answered, or was long done."""
        unsure, done = list(self._ledger.unsure.values()), list(self._ledger.acknowledged)[-50:]
        if unsure and self._random.random() < 0.8:
            self._send(self._random.choice(unsure))
        elif done:
            self._send(self._ledger.sent[self._random.choice(done)])

    def _send(self, sent: Sent) -> None:
        self._act(sent) if sent.kind == "move" else self._message(sent)

    def _read(self) -> None:
        path = self._random.choice(
            (f"/v1/leads/{self._lead()}", "/v1/leads", f"/v1/leads/lookup?user_id={self._lead()}")
        )
        answer = self._http.get(path, headers=self._headers)
        self._judge(path, answer, allowed=(200, 404))

    def _message(self, sent: Sent) -> None:
        self._ledger.begin(sent)
        asked = "?score=true" if self._random.random() < 0.3 else ""

        def acknowledged(answer: bytes) -> None:
            self._ledger.acknowledge(answer, sent)
            for lead in orjson.loads(answer)["leads"]:
                if lead["score_id"] is not None:
                    self._ledger.tell_score(lead["score_id"], lead["score"])

        self._post(sent.path + asked, sent.body, acknowledged)

    def _act(self, sent: Sent) -> None:
        self._ledger.begin(sent)
        headers = self._headers | {"Idempotency-Key": sent.key}
        answer = self._http.post(sent.path, json=sent.body, headers=headers)
        if self._judge(sent.path, answer, allowed=(200, 404, 409)):
            if answer.status_code == 200:
                self._ledger.acknowledge(answer.content, sent)
            else:
                self._ledger.refuse(sent)

    def _post(self, path: str, body: dict[str, Any], acknowledged: Callable[[bytes], None]) -> None:
        answer = self._http.post(path, json=body, headers=self._headers)
        if self._judge(path, answer, allowed=(200,)):
            acknowledged(answer.content)

    def _judge(self, path: str, answer: httpx2.Response, allowed: tuple[int, ...]) -> bool:
        """Whether it was answered; anything but an answer that may come, or "not now", is a fault."""
        self._ledger.count(str(answer.status_code))
        if answer.status_code == 503 and answer.headers.get("retry-after"):
            self.over.wait(0.05)
            return False
        if answer.status_code not in allowed:
            self._ledger.fault(f"{path} answered {answer.status_code}: {answer.text[:300]}")
            return False
        return True

    def _lead(self) -> str:
        return f"L-{self._era}-{self._random.randint(0, 14)}"

    def _key(self, kind: str) -> str:
        self._number += 1
        return f"{kind}-{self._seed}-{self._number}"

    def _event(self) -> Sent:
        key, lead, draw = self._key("e"), self._lead(), self._random.random()
        who = {"userId": lead} if draw < 0.6 else {"anonymousId": self._device()}
        if draw > 0.9:
            who["userId"] = lead
        body = {"messageId": key, **who}
        if self._random.random() < 0.3:
            return Sent(
                key, "event", "/v1/page", lead, body | {"properties": {"path": self._random.choice(PATHS), "n": key}}
            )
        properties = {"path": self._random.choice(PATHS), "n": key}
        return Sent(
            key, "event", "/v1/track", lead, body | {"event": self._random.choice(EVENTS), "properties": properties}
        )

    def _device(self) -> str:
        return f"d-{self._era}-{self._random.randint(0, 7)}"

    def _identity(self) -> Sent:
        key, lead = self._key("i"), self._lead()
        traits: dict[str, Any] = {"last_form": key, "email": f"{lead.lower()}@{self._random.choice(COMPANIES)}.example"}
        if self._random.random() < 0.7:
            traits |= {
                "job_title": self._random.choice(TITLES),
                "industry": "software",
                "employees": self._random.choice((5, 320)),
            }
        if self._random.random() < 0.3:
            traits |= {"budget": "50k", "need": "a tender"}
        body: dict[str, Any] = {"messageId": key, "userId": lead, "traits": traits}
        if self._random.random() < 0.4:
            body["anonymousId"] = self._device()
        return Sent(key, "identify", "/v1/identify", lead, body)

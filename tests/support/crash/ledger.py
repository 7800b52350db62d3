"""What the callers sent, and what they were told: all that the service owes them."""

from collections import Counter
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Literal, NamedTuple

Kind = Literal["event", "identify", "group", "move"]


class Sent(NamedTuple):
    """Something that a caller sent: a message by its ``messageId``, or a move by its ``Idempotency-Key``.

    body: as it was sent; path: of the request; lead: whom it is about, as the caller named it
    """

    key: str
    kind: Kind
    path: str
    lead: str
    body: dict[str, Any]


@dataclass
class Ledger:
    """Shared by all callers.

    sent: everything, whether it was answered or not; acknowledged: what was answered with 2xx, and how
    refused: moves that were answered with 409, so that they must have left nothing; unsure: not answered
    faults: answers that must never come
    """

    sent: dict[str, Sent] = field(default_factory=dict)
    acknowledged: dict[str, bytes] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    unsure: dict[str, Sent] = field(default_factory=dict)
    told_scores: dict[int, float] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock)

    def begin(self, *all_sent: Sent) -> None:
        with self._lock:
            for sent in all_sent:
                self.sent[sent.key] = sent
                self.unsure[sent.key] = sent

    def acknowledge(self, answer: bytes, *all_sent: Sent) -> None:
        with self._lock:
            for sent in all_sent:
                before = self.acknowledged.setdefault(sent.key, answer)
                self.unsure.pop(sent.key, None)
                if sent.kind == "move" and before != answer:
                    self.faults.append(f"{sent.key}: two answers to one Idempotency-Key")

    def refuse(self, sent: Sent) -> None:
        """Answered with 409."""
        with self._lock:
            self.unsure.pop(sent.key, None)
            if sent.key in self.acknowledged:
                self.faults.append(f"{sent.key}: refused after it was acknowledged")
            self.refused.add(sent.key)

    def fault(self, what: str) -> None:
        with self._lock:
            self.faults.append(what)

    def tell_score(self, score_id: int, score: float) -> None:
        with self._lock:
            self.told_scores[score_id] = score

    def count(self, status: str) -> None:
        with self._lock:
            self.statuses[status] += 1

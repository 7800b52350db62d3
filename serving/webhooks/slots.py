"""How many deliveries are under way: enough in all, few to any one receiver, none that waits for another's."""

from collections import Counter
from collections.abc import Mapping, Sequence
from threading import Condition

from serving.webhooks.queue import Claim


class Slots:
    """The deliveries under way; shared by threads.

    An endpoint whose last attempt failed has one slot until it takes a message again, so that receivers which let us
    wait do not hold up the others.
    """

    def __init__(self, most: int, per_endpoint: int) -> None:
        self._most, self._per_endpoint = most, per_endpoint
        self._under_way: dict[int, Claim] = {}
        self._ending: set[int] = set()
        self._failing: set[str] = set()
        self._last = ""
        self._changed = Condition()

    def shares(self, due: Sequence[str]) -> dict[str, int]:
        """Deal the free slots out among endpoints, in turn, beginning after the one that was served last."""
        with self._changed:
            busy = Counter(claim.endpoint.endpoint_id for claim in self._under_way.values())
            free = self._most - busy.total()
            in_turn = sorted(due, key=lambda name: (name <= self._last, name))
            room = {name: (1 if name in self._failing else self._per_endpoint) - busy[name] for name in in_turn}
            dealt = deal(free, room)
            self._last = max(dealt, key=in_turn.index, default=self._last)
            return dealt

    def take(self, claim: Claim) -> None:
        """A delivery begins."""
        with self._changed:
            self._under_way[claim.delivery_id] = claim

    def ends(self, claim: Claim) -> bool:
        """An attempt is over; whether it is still ours to write down how it ended."""
        with self._changed:
            held = claim.delivery_id in self._under_way
            if held:
                self._ending.add(claim.delivery_id)
            return held

    def give(self, claim: Claim, *, failed: bool) -> None:
        """A delivery has ended and its slot is free."""
        with self._changed:
            self._under_way.pop(claim.delivery_id, None)
            self._ending.discard(claim.delivery_id)
            (self._failing.add if failed else self._failing.discard)(claim.endpoint.endpoint_id)
            self._changed.notify_all()

    def wait_until_empty(self) -> None:
        """Wait until nothing is under way."""
        with self._changed:
            self._changed.wait_for(lambda: not self._under_way)

    def give_up(self, seconds: float) -> list[Claim]:
        """Wait so long for what is under way; what is not over by then is no longer ours."""
        with self._changed:
            self._changed.wait_for(lambda: not self._under_way, seconds)
            unfinished = [claim for number, claim in self._under_way.items() if number not in self._ending]
            for claim in unfinished:
                del self._under_way[claim.delivery_id]
            self._changed.wait_for(lambda: not self._under_way)
            return unfinished


def deal(free: int, room: Mapping[str, int]) -> dict[str, int]:
    """One after the other gets a slot, round after round, while there are any.

    >>> deal(5, {"a": 4, "b": 1, "c": 4})
    {'a': 2, 'b': 1, 'c': 2}
    """
    dealt: Counter[str] = Counter()
    for n in range(max(room.values(), default=0)):
        takers = [name for name, most in room.items() if most > n]
        dealt.update(takers[: max(0, free - dealt.total())])
    return dict(dealt)

"""A desk for tests: leads that come in, move and are worked, at moments that the test says."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Table, select

from features.moments import DAY, moment
from features.tables import Scalar
from serving.intake.messages import Group, Identify, Message, Track, Who
from serving.intake.receive import Received, receive
from serving.leads.standing import Standing, standing_in
from serving.programs.follower import Follower
from serving.programs.programs import Programs
from serving.programs.registering import registered
from serving.store.database import Store
from training.scorecard import Scorecard, save

START = moment("2026-11-02T09:00:00Z")  # a Monday
HOUR = DAY // 24
HEAD_OF_IT: dict[str, Scalar] = {
    "email": "kim@acme.example",
    "job_title": "Head of IT",
    "industry": "software",
    "employees": 320.0,
}  # 10 software + 14 size + 10 director + 6 IT + 3 address = 43 points: an MQL


@dataclass
class Desk:
    """Sends messages as a caller would, and looks at what became of them."""

    store: Store
    programs: Programs
    now: int = START
    _numbers: Iterator[int] = field(default_factory=count)

    def later(self, by: int) -> None:
        self.now += by

    def send(self, *messages: Message) -> Received:
        return receive(self.store, self.programs, messages, self.now)

    def track(
        self, user: str | None, kind: str, *, anonymous: str | None = None, at: int | None = None, **properties: Any
    ) -> Received:
        who, when = Who(user, anonymous), self.now if at is None else at
        return self.send(Track(self.name(), who, kind, when, orjson.dumps(properties).decode()))

    def identify(self, user: str | None, *, anonymous: str | None = None, **traits: Scalar) -> Received:
        return self.send(Identify(self.name(), Who(user, anonymous), traits))

    def group(self, user: str, company: str, **traits: Scalar) -> Received:
        return self.send(Group(self.name(), Who(user, None), company, traits))

    def name(self) -> str:
        return f"m-{next(self._numbers)}"

    def standing(self, lead: str, program: str = "leads") -> Standing:
        found = self.store.read(lambda c: standing_in(c, lead, program))
        assert found is not None
        return found

    def rows(self, table: Table) -> list[dict[str, Any]]:
        order = list(table.primary_key)
        return [
            dict(row._mapping) for row in self.store.read(lambda c: c.execute(select(table).order_by(*order)).all())
        ]


def programs_of(store: Store, folder: Path, **cards: Scorecard) -> Programs:
    """Programs that serve these scorecards, from files in a folder."""
    followers = {}
    for program, card in cards.items():
        save(card, folder / f"{program}.json")
        followers[program] = Follower(program, folder / f"{program}.json", 0.0, lambda s: registered(store, s, START))
    return Programs(followers)

"""Whatever happens in whatever order, in the end the CRM holds what is true, and nothing unchanged was sent twice.

Sent twice means: the CRM took the same values of the same lead one after the other, although the first answer arrived,
and so did that of every request in between.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from crmdesk import CrmDesk, written
from desk import Desk, programs_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from vendors.hubspot import TOKEN, HubSpot
from vendors.odoo import KEY, Odoo
from vendors.salesforce import Salesforce
from vendors.server import Asked, Fault, Reply, Vendor, garbled, lost, says

from features.moments import DAY, SECOND
from serving.crm.ledger import send_again
from serving.leads.acts import act
from serving.leads.due import rescore_due
from serving.leads.errors import NoSuchLead
from serving.process.moves import IllegalMove, Why
from serving.store.database import Store
from serving.store.schema import leads
from training.scorecard import Scorecard

NAMES = ("kim", "lee", "ada")


def in_doubt(fault: Fault) -> Fault:
    """Nobody can say whether the CRM still holds what it took before."""

    def answered(vendor: Vendor, asked: Asked) -> Reply | None:
        vendor.unheard |= set(range(len(vendor.writes)))
        return fault(vendor, asked)

    return answered


FAULTS: dict[str, Fault] = {
    "throttled": says(429, {}, Retry_After="20"),
    "down": in_doubt(says(503, {})),
    "garbled": in_doubt(garbled),
    "lost": in_doubt(lost),
    "void": says(401, {}),
    "moved": says(302, None, Location="https://elsewhere.example"),
}
KINDS: dict[str, tuple[type[Vendor], str, str]] = {
    "hubspot": (HubSpot, TOKEN, "@acme.example"),
    "salesforce": (Salesforce, "app-secret", ""),
    "odoo": (Odoo, KEY, "@acme.example"),
}
steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("event"),
            st.sampled_from(NAMES),
            st.sampled_from(["page_view", "demo_requested", "webinar_attended"]),
        ),
        st.tuples(st.just("comes"), st.sampled_from(NAMES)),
        st.tuples(st.just("act"), st.sampled_from(NAMES), st.sampled_from(["accept", "reject", "recycle", "lose"])),
        st.tuples(st.just("fault"), st.sampled_from(sorted(FAULTS))),
        st.tuples(st.just("there"), st.sampled_from(NAMES)),
        st.tuples(st.just("push")),
        st.tuples(st.just("restart")),
        st.tuples(st.just("killed")),
        st.tuples(st.just("later"), st.sampled_from([1, 30, 3_600, 90_000])),
        st.tuples(st.just("rescore")),
    ),
    max_size=25,
)


class Killed(BaseException):
    """The worker ends here."""


class World:
    """A desk, a CRM, and a worker that may be another one at each step."""

    def __init__(self, crm: CrmDesk, suffix: str) -> None:
        self.crm, self.desk, self.vendor, self.suffix = crm, crm.desk, crm.vendor, suffix
        self._begin()

    def _begin(self) -> None:
        self._opened = self.crm.pusher()
        self.pusher = self._opened.__enter__()

    def restart(self) -> None:
        self._opened.__exit__(None, None, None)
        self._begin()

    def do(self, step: tuple[Any, ...]) -> None:
        match step:
            case ("comes", name):
                self.crm.lead(name)
            case ("event", name, kind):
                self.desk.track(name, kind)
            case ("act", name, what):
                self._act(name, what)
            case ("fault", name):
                self.vendor.faults.append(FAULTS[name])
            case ("there", name):
                self.vendor.records.setdefault(f"{name}{self.suffix}", {})
            case ("later", seconds):
                self.desk.later(seconds * SECOND)
            case ("rescore",):
                rescore_due(self.desk.store, self.desk.programs, self.desk.now)
            case ("restart",):
                self.restart()
            case ("killed",):
                self._killed()
            case _:
                self.pusher.turn()

    def _killed(self) -> None:
        """The worker ends after the CRM has taken a batch, before that is noted."""

        def die(*_: Any) -> int:
            self.vendor.unheard |= set(range(len(self.vendor.writes)))
            raise Killed

        self.pusher._note = die  # type: ignore[method-assign]
        with suppress(Killed):
            self.pusher.turn()
        self.restart()

    def _act(self, name: str, what: Any) -> None:
        reasons = {"reject": "no need now", "recycle": "no need now", "lose": "no need"}
        why = Why("rep", reasons.get(what, ""))
        with suppress(IllegalMove, NoSuchLead):
            self.desk.store.write(lambda c: act(c, self.desk.programs, name, what, why, self.desk.now))

    def settle(self) -> None:
        """All is well again, and long enough."""
        self.vendor.faults.clear()
        for name in NAMES:
            self.vendor.records.setdefault(f"{name}{self.suffix}", {})
        self.desk.store.write(lambda c: send_again(c, self.crm.config))
        self.desk.later(2 * DAY)
        rescore_due(self.desk.store, self.desk.programs, self.desk.now)
        for _ in range(3):
            self.restart()
            self.pusher.turn()
            self.desk.later(7 * 3_600 * SECOND)

    def close(self) -> None:
        self._opened.__exit__(None, None, None)

    def twice(self) -> list[str]:
        """Whom the CRM was sent what it had taken last, although we had heard that it did."""
        last: dict[str, tuple[int, dict[str, Any]]] = {}
        found = []
        for n, (key, values) in enumerate(self.vendor.writes):
            before, same = last.get(key, (-1, {}))
            found += [key] if same == values and before not in self.vendor.unheard else []
            last[key] = n, values
        return found

    def should_hold(self) -> dict[str, dict[str, Any]]:
        """What is true of every lead that can be found there."""
        rows = self.desk.rows(leads)
        return {
            f"{row['lead_id']}{self.suffix}": self._of(row["lead_id"])
            for row in rows
            if row["email"] or not self.suffix
        }

    def _of(self, name: str) -> dict[str, Any]:
        standing = self.desk.standing(name)
        score: Any = round(standing.score or 0.0, 1)
        true = {"score": score, "grade": standing.grade, "stage": standing.stage}
        if isinstance(self.vendor, HubSpot):
            true["score"] = f"{score:g}"
        return {column: true[field] for field, column in self.crm.config.fields.items()}


@contextmanager
def world(kind: str, empty: Path, card: Scorecard) -> Iterator[World]:
    of, secret, suffix = KINDS[kind]
    vendor = of()
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{shutil.copy(empty, folder)}")
        desk = Desk(store, programs_of(store, Path(folder), leads=card))
        found = World(CrmDesk(desk, vendor, written(Path(folder), kind, vendor.url, secret)), suffix)
        try:
            yield found
        finally:
            found.close()
            store.close()
            vendor.close()


@pytest.mark.parametrize("kind", sorted(KINDS))
@given(steps=steps)
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_in_the_end_the_crm_holds_what_is_true_and_nothing_was_sent_twice(
    steps: list[tuple[Any, ...]], kind: str, sqlite_with_tables: Path, rules_card: Scorecard
) -> None:
    with world(kind, sqlite_with_tables, rules_card) as one:
        one.crm.leads(NAMES[:2])
        one.vendor.records = {f"kim{one.suffix}": {}}
        for step in steps:
            one.do(step)
        one.settle()
        assert {key: one.vendor.records[key] for key in one.should_hold()} == one.should_hold()
        assert one.twice() == []
        assert one.vendor.wrong == []

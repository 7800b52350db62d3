"""An office for tests: a home with its service, without HTTP, and a desk at it."""

from pathlib import Path

from desk import HEAD_OF_IT, START, Desk

from features.agreement import Agreement
from serving.access.caller import SYSTEM
from serving.leads.acts import act
from serving.process.moves import Why
from serving.programs.adopting import Adopted, adopt
from serving.programs.opening import open_programs
from serving.programs.proposing import Asked, Proposal, propose
from serving.programs.trying import MOST
from serving.service import Service
from serving.settings import Settings
from serving.store.database import Store
from training.scorecard import Scorecard


class Office:
    """A home with its service, and a desk at it; opened as often as a test asks, each as a process of its own."""

    def __init__(self, home: Path, store: Store) -> None:
        self.home, self.store, self._now = home, store, [START]
        self.service = self.open()
        self.desk = Desk(store, self.service.programs)

    def open(self) -> Service:
        """As another worker would."""
        settings = Settings(home=self.home, reload_seconds=0.0)
        programs = open_programs(settings, self.store, clock=self.clock)
        programs.all()  # the first start adopts an agreement, which is looked into once
        return Service(settings, self.store, programs, self.clock)

    def clock(self) -> int:
        """What the desk's calendar says."""
        return self.desk.now if hasattr(self, "desk") else START

    def propose(self, agreement: Agreement, program: str = "leads", most: int = MOST, **more: object) -> Proposal:
        """Propose, a moment later than anything before."""
        self.desk.later(1)
        return propose(self.service, program, Asked(agreement, SYSTEM, **more), most=most)

    @property
    def card(self) -> Scorecard:
        """What serves leads now."""
        return self.service.programs.leads.card

    def adopt(self, agreement: Agreement, program: str = "leads", **more: object) -> Adopted:
        """Propose and adopt; then look at what serves, as a store that is being written to cannot."""
        found = self.propose(agreement, program, **more)
        adopted = adopt(self.service, program, found.hash, SYSTEM)
        self.service.programs.all()
        return adopted


def won(desk: Desk, lead: str) -> None:
    """A lead that sales accepted and won."""
    desk.identify(lead, **HEAD_OF_IT)
    desk.track(lead, "webinar_attended")
    for action in ("accept", "convert"):
        desk.store.write(lambda c, a=action: act(c, desk.programs, lead, a, Why("rep"), desk.now))

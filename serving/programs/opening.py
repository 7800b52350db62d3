"""The programs of a home: that of leads, and that of customers as soon as there is a scorecard for it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from features.moments import now
from serving.programs.agreements import adopted_hash
from serving.programs.follower import Follower
from serving.programs.home import card_path, held_card, put_card
from serving.programs.programs import Programs
from serving.programs.registering import last_good, registered
from serving.programs.service import CUSTOMERS, LEADS, InService
from serving.settings import Settings
from serving.store.database import Store


def open_programs(
    settings: Settings, store: Store, scorecard: Path | None = None, clock: Callable[[], int] = now
) -> Programs:
    """What serves; ``scorecard``: of the program of leads, instead of the home's.

    Raises ScorecardError when there is nothing to serve, AgreementError when that is not of the adopted agreement;
    what served last goes on serving where its file cannot be used.
    """
    customers = card_path(settings.home, CUSTOMERS)

    def speaking(found: InService) -> InService:
        return found.speaking(settings.language) if settings.language else found

    def opened(program: str, path: Path, heals: bool) -> Follower:
        def take(found: InService) -> InService:
            return speaking(_take(store, clock, path if heals else None, found))

        def spare() -> InService | None:
            last = last_good(store, program)
            return speaking(last) if last else None

        mark = partial(_mark, store, program)
        return Follower(program, path, settings.reload_seconds, take, mark=mark, spare=spare)

    def begun() -> Follower | None:
        return opened(CUSTOMERS, customers, heals=True) if customers.exists() else None

    leads = opened(LEADS, scorecard or card_path(settings.home, LEADS), heals=scorecard is None)
    programs = Programs({LEADS: leads}, {CUSTOMERS: begun})
    programs.look()
    return programs


def _take(store: Store, clock: Callable[[], int], heals: Path | None, found: InService) -> InService:
    """What serves in the place of what the file holds; under another agreement, the file then holds that as well."""
    ready = registered(store, found, clock())
    if heals is not None and ready is not found and held_card(heals) == found.card:
        put_card(heals, ready.card, found.card)
    return ready


def _mark(store: Store, program: str) -> str:
    return store.read(lambda connection: adopted_hash(connection, program)) or ""

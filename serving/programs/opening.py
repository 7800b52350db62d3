"""The programs of a home: that of leads, and that of customers where there is a scorecard for it."""

from collections.abc import Callable
from pathlib import Path

from features.moments import now
from serving.programs.follower import Follower
from serving.programs.programs import Programs
from serving.programs.registering import registered
from serving.programs.service import CUSTOMERS, LEADS, InService
from serving.settings import Settings
from serving.store.database import Store


def open_programs(
    settings: Settings, store: Store, scorecard: Path | None = None, clock: Callable[[], int] = now
) -> Programs:
    """What serves; ``scorecard``: of the program of leads, instead of the home's.

    Raises ScorecardError when there is nothing to serve, AgreementError when that is not of the adopted agreement.
    """

    def take(service: InService) -> InService:
        return registered(store, service, clock())

    paths = {LEADS: scorecard or settings.scorecard}
    if settings.customers_scorecard.exists():
        paths[CUSTOMERS] = settings.customers_scorecard
    return Programs({name: Follower(name, path, settings.reload_seconds, take) for name, path in paths.items()})

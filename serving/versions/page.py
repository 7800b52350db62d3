"""What the model page shows: what runs, how good it was, drift, versions, what was decided."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from sqlalchemy import Connection

from serving.programs.about import about
from serving.programs.home import card_path
from serving.programs.programs import NoSuchProgram
from serving.programs.registering import Served, served
from serving.programs.service import InService
from serving.service import Service
from serving.store.database import StoreUnavailable
from serving.versions.desk import Looked
from serving.versions.drift import Kept, last_report
from serving.versions.shapes import Group, Version
from serving.versions.today import Step, scores_today, steps
from training.carried import trained_version
from training.scorecard import RULES

SERVED = 10  # changes that are shown


class Model(NamedTuple):
    """The model of a program.

    told: as ``/v1/model`` says; metrics: on held-out leads, by name; version: the one that was trained, else empty
    served: what served before, the latest first; looked: the registry; running: its entry for what runs
    drift: the last report; scores: today's beside those learned from, empty where these are not known; leads: today's
    """

    program: str
    told: dict[str, Any]
    metrics: dict[str, float]
    converted: int
    version: str
    served: list[Served]
    looked: Looked
    running: Version | None
    drift: Kept | None
    scores: Sequence[Step]
    leads: int

    @property
    def groups(self) -> tuple[Group, ...]:
        """Predicted against observed shares of what runs."""
        return self.running.groups if self.running else ()

    @property
    def others(self) -> tuple[Version, ...]:
        """Versions that could be promoted."""
        snapshot = self.looked.snapshot
        return tuple(v for v in snapshot.versions if v.version != snapshot.champion) if snapshot else ()


def model(service: Service, program: str, looked: Looked) -> Model:
    """The model page of a program; told also while the store does not answer. Raises NoSuchProgram."""
    one = service.programs.named(program)
    told = next((p for p in about(service)["programs"] if p["program"] == program), None)
    if told is None:
        raise NoSuchProgram(f"there is no program '{program}' here", where="program")
    before, today, leads = _stored(service, one)
    card, snapshot = one.card, looked.snapshot
    version = "" if card.model_version == RULES else trained_version(card.model_version)
    versions = snapshot.versions if snapshot else ()
    kept = snapshot.scores if snapshot and snapshot.champion == version else None
    return Model(
        program=program,
        told=told,
        metrics=card.history.metrics if card.history else {},
        converted=card.history.converted if card.history else 0,
        version=version,
        served=before,
        looked=looked,
        running=next((v for v in versions if v.version == version), None),
        drift=last_report(card_path(service.settings.home, program).parent),
        scores=steps(kept, today) if kept and today else (),
        leads=leads,
    )


def _stored(service: Service, one: InService) -> tuple[list[Served], list[float], int]:
    """What the store knows, or nothing."""

    def read(connection: Connection) -> tuple[list[Served], list[float], int]:
        return served(connection, one.program, SERVED), *scores_today(connection, one)

    with suppress(StoreUnavailable):
        return service.store.read(read)
    return [], [], 0

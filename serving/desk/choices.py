"""What the filters of the list offer: the words of the agreement in service, and the people who have leads."""

from typing import NamedTuple

from sqlalchemy import Connection, func, select

from features.agreement import AUTOMATIC
from features.snapshots import LOST
from features.stages import grading
from serving.programs.service import InService
from serving.store.schema import standings

MOST_PEOPLE = 100


class Choices(NamedTuple):
    """The values of each filter, in the agreement's order; ``waiting``: stages that a person lets leads into."""

    stages: list[str]
    owners: list[str]
    people: list[str]
    personas: list[str]
    phases: list[str]
    quadrants: list[str]
    grades: list[str]
    waiting: list[str]


def choices(connection: Connection, service: InService) -> Choices:
    """What can be chosen in a program."""
    agreement = service.agreement
    segments, quadrant = agreement.segments, agreement.quadrant
    return Choices(
        stages=[*(s.stage for s in agreement.stages), LOST],
        owners=list(dict.fromkeys(s.owner for s in agreement.stages)),
        people=people(connection, service.program),
        personas=[p.name for p in segments.personas] if segments else [],
        phases=[p.name for p in segments.phases] if segments else [],
        quadrants=list(quadrant.names) if quadrant else [],
        grades=_grades(service),
        waiting=[s.stage for s in agreement.stages if s.gate != AUTOMATIC],
    )


def people(connection: Connection, program: str, most: int = MOST_PEOPLE) -> list[str]:
    """Those to whom leads are assigned, by name: one look into the index for each, however many leads there are."""
    c, found, last = standings.c, list[str](), ""
    while len(found) < most:
        after = select(func.min(c.assigned_to)).where(c.program == program, c.assigned_to > last)
        name = connection.execute(after).scalar_one()
        if name is None:
            break
        found.append(name)
        last = name
    return found


def _grades(service: InService) -> list[str]:
    """The agreed grades, the best first, and the one below them."""
    agreed = sorted(service.agreement.grades, key=lambda g: -service.agreement.grades[g])
    return [*agreed, grading(service.agreement)(float("-inf"))]

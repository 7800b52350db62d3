"""What an agreement's process must satisfy: a stage to go back to, reasons to choose from, hours that pass."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from zoneinfo import available_timezones

from features.agreement import Agreement
from features.errors import nearest
from features.hours import minutes_of_day
from features.processkeys import BusinessHours, Process
from features.sendback import hand_over
from features.sourcechecks import MOST_DAYS
from features.stagechecks import check_stage_name
from features.texts import text
from features.yamlfile import Document, Path_

MOST_WEEKS = 520  # that an SLA may take: ten years
_OF_THIS_MACHINE = {"localtime", "Factory"}


def check_process(agreement: Agreement, document: Document) -> None:
    """Check how leads are sent back, the reasons, and the hours of SLAs."""
    process = agreement.process
    _check_recycle_to(agreement, document)
    if process.rest_days > MOST_DAYS:
        raise document.refuse(
            "'rest_days' is longer than a century",
            ("process", "rest_days"),
            got=f"{process.rest_days:g}",
            allowed=f"at most {MOST_DAYS:g} days",
        )
    _check_reasons(process, document)
    _check_business_hours(process.business_hours, ("process", "business_hours"), document)
    _check_slas(agreement, document)


def _check_recycle_to(agreement: Agreement, document: Document) -> None:
    name, path = agreement.process.recycle_to, ("process", "recycle_to")
    if name is None:
        return
    check_stage_name(name, agreement, path, document)
    open_ones = [s.stage for s in agreement.stages[: hand_over(agreement) + 1]]
    if name not in open_ones:
        raise document.refuse(
            f"a lead cannot be sent back to '{name}', which comes only after a person decided",
            path,
            allowed="a stage that leads enter automatically: " + ", ".join(open_ones),
        )


def _check_reasons(process: Process, document: Document) -> None:
    for act in process.reasons.__struct_fields__:
        path: Path_ = ("process", "reasons", act)
        reasons: tuple[str, ...] = getattr(process.reasons, act)
        if not reasons:
            raise document.refuse(f"there is no reason to {act} a lead", path, do="list the reasons, or take it out")
        blank = next((i for i, reason in enumerate(reasons) if text(reason) is None), None)
        if blank is not None:
            raise document.refuse("a reason is blank", (*path, blank), do="write it, or take it out")
        _check_listed_once("reason", [text(reason) for reason in reasons], reasons, path, document)


def _check_business_hours(hours: BusinessHours, path: Path_, document: Document) -> None:
    if not hours.days:
        raise document.refuse("nobody ever works", (*path, "days"), got="no day", do="list the business days")
    _check_listed_once("day", hours.days, hours.days, (*path, "days"), document)
    dates = [day.isoformat() for day in hours.holidays]
    _check_listed_once("holiday", dates, dates, (*path, "holidays"), document)
    for key in ("opens", "closes"):
        if minutes_of_day(getattr(hours, key)) is None:
            raise document.refuse(
                f"'{key}' is no time of day",
                (*path, key),
                got=repr(getattr(hours, key)),
                allowed="hours and minutes, from 00:00 to 24:00",
            )
    if _minutes_open(hours) <= 0:
        key = "closes" if document.has((*path, "closes")) else "opens"
        raise document.refuse(
            "work ends before it begins",
            (*path, key),
            got=f"opens {hours.opens}, closes {hours.closes}",
            allowed="opens < closes",
            do="give 24:00 for midnight; hours that go on past it are not read",
        )
    if hours.zone not in _zones():
        raise document.refuse(f"there is no time zone '{hours.zone}'", (*path, "zone"), do=_nearest_zone(hours.zone))


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones() - _OF_THIS_MACHINE)


def _nearest_zone(name: str) -> str:
    """The nearest zone; there are too many to list where none is near."""
    near = nearest(name, _zones())
    return near if near.startswith("did you mean") else "write it as Area/City, such as Europe/Berlin, or UTC"


def _check_slas(agreement: Agreement, document: Document) -> None:
    """Refuse an SLA that is due in more than ten years, holidays aside."""
    calendar = agreement.process.business_hours
    a_week = len(calendar.days) * _minutes_open(calendar) / 60
    for i, stage in enumerate(agreement.stages):
        if stage.sla is not None and stage.sla.hours > MOST_WEEKS * a_week:
            raise document.refuse(
                f"the SLA of '{stage.stage}' would take more than ten years",
                ("stages", i, "sla", "hours"),
                got=f"{stage.sla.hours:g} business hours, of which a week has {a_week:g}",
                allowed=f"at most {MOST_WEEKS * a_week:g}",
            )


def _minutes_open(hours: BusinessHours) -> int:
    return (minutes_of_day(hours.closes) or 0) - (minutes_of_day(hours.opens) or 0)


def _check_listed_once(
    word: str, plain: Sequence[str | None], said: Iterable[str], path: Path_, document: Document
) -> None:
    for i, name in enumerate(said):
        if plain[i] in plain[:i]:
            raise document.refuse(f"the {word} '{name}' stands twice", (*path, i), do="take one of them out")

"""What an agreement says about the process: sending back, reasons, business hours, ages, and the quadrant."""

from datetime import date
from typing import Annotated, Literal

import msgspec

from features.catalog import Strict
from features.rulekeys import Name, Positive

NotNegative = Annotated[float, msgspec.Meta(ge=0)]
PartOf = Annotated[float, msgspec.Meta(gt=0, lt=1)]
TimeOfDay = Annotated[str, msgspec.Meta(extra_json_schema={"pattern": "^(([01]\\d|2[0-3]):[0-5]\\d|24:00)$"})]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class BusinessHours(Strict, frozen=True, kw_only=True):
    """When the teams work: the hours that an SLA counts.

    days: the days of the week, such as mon
    opens: the time of day when work begins, such as 09:00
    closes: the time of day when it ends, later than ``opens``; 24:00 is midnight
    zone: the time zone that these times are of, such as Europe/Berlin
    holidays: dates on which nobody works
    """

    days: tuple[Weekday, ...] = WEEKDAYS[:5]
    opens: TimeOfDay = "09:00"
    closes: TimeOfDay = "17:00"
    zone: Name = "UTC"
    holidays: tuple[date, ...] = ()


class Reasons(Strict, frozen=True, kw_only=True):
    """The reasons that people can choose from; no other is taken, unless one of these is ``other``.

    reject: why a lead that was handed over is not taken on
    recycle: why a lead that was taken on goes back to ripen
    lose: why a lead is given up
    """

    reject: tuple[Name, ...] = (
        "not our customer",
        "wrong contact",
        "bad timing",
        "no budget",
        "cannot be reached",
        "duplicate",
    )
    recycle: tuple[Name, ...] = (
        "bad timing",
        "no budget",
        "no need yet",
        "cannot be reached",
        "wrong contact",
    )
    lose: tuple[Name, ...] = (
        "chose a competitor",
        "no budget",
        "no need",
        "decided against a purchase",
        "cannot be reached",
    )


class Process(Strict, frozen=True, kw_only=True):
    """How leads move, beside what each stage says.

    Where ``recycle_to`` is left out, a lead goes back to the stage before the hand-over stage, which is the
    last of the stages with an automatic gate that come before the first stage where a person decides.

    recycle_to: the stage that a rejected or recycled lead goes back to
    rest_days: a lead that was sent back is not lifted automatically to where people get it again for so many days
    again_points: such a lead is lifted earlier when its score has risen by so many points, or by a new fast-track
    reasons: those that people can choose from
    business_hours: the hours that an SLA counts
    score_age_hours: a stored score is never older than so many hours
    changed_points: a score that moved by so many points is worth telling others
    remind_share: after so much of an SLA's hours, a share between 0 and 1, its owner is reminded
    """

    recycle_to: Name | None = None
    rest_days: NotNegative = 30.0
    again_points: Positive = 10.0
    reasons: Reasons = Reasons()
    business_hours: BusinessHours = BusinessHours()
    score_age_hours: Positive = 24.0
    changed_points: Positive = 5.0
    remind_share: PartOf = 0.75


class Quadrant(Strict, frozen=True, kw_only=True):
    """Fit and interest, each cut into high and low, and what the four quarters are called.

    fit: from so many points of fit on, fit is high
    interest: from so many points of interest on, interest is high
    both_high: high fit and high interest
    fit_high: high fit, low interest
    interest_high: low fit, high interest
    both_low: low fit and low interest
    """

    fit: float
    interest: float
    both_high: Name = "now"
    fit_high: Name = "nurture"
    interest_high: Name = "look closer"
    both_low: Name = "leave"

    @property
    def names(self) -> tuple[str, str, str, str]:
        """The four quarters, the best first."""
        return self.both_high, self.fit_high, self.interest_high, self.both_low

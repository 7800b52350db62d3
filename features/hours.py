"""Business hours: when an SLA is due, and how much of it has passed."""

from features.processkeys import BusinessHours


def add_business_hours(at: int, hours: float, calendar: BusinessHours) -> int:
    """The earliest moment by which so many business hours have passed since ``at`` (microseconds)."""
    raise NotImplementedError


def business_hours_between(start: int, end: int, calendar: BusinessHours) -> float:
    """The business hours from one moment (microseconds) to another; negative when ``end`` comes first."""
    raise NotImplementedError

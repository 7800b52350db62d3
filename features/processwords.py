"""What an agreement says about the process and the segments, in plain words, as ``agreement show`` prints it."""

from features.agreement import Agreement
from features.describe import amount, number_words
from features.processkeys import WEEKDAYS, BusinessHours, Quadrant
from features.sendback import recycle_stage

Row = tuple[str, str]


def process_words(agreement: Agreement) -> list[Row]:
    """What is agreed on and how, one row each."""
    process, reasons = agreement.process, agreement.process.reasons
    rests = f"{amount(process.rest_days, 'days')}, or until {amount(process.again_points, 'points')} more"
    holidays = ", ".join(day.isoformat() for day in process.business_hours.holidays)
    return [
        ("whom it covers", "customers who might buy more" if agreement.covers == "customers" else "leads"),
        ("a rejected or recycled lead", f"goes back to {recycle_stage(agreement)}"),
        ("and then rests for", f"{rests} or a new fast-track"),
        ("rejected for", ", ".join(reasons.reject)),
        ("recycled for", ", ".join(reasons.recycle)),
        ("lost for", ", ".join(reasons.lose)),
        ("business hours", hours_words(process.business_hours)),
        ("holidays", holidays or "none"),
        ("an SLA's owner is reminded", f"after {share_words(process.remind_share)} of its hours"),
        ("a stored score", f"is at most {number_words(process.score_age_hours)} hours old"),
        (
            "others are told of a score",
            f"that moved by {amount(process.changed_points, 'points')}, or changed its grade",
        ),
    ]


def hours_words(hours: BusinessHours) -> str:
    """Business hours in one line, without the holidays.

    >>> hours_words(BusinessHours(zone="Europe/Berlin"))
    'mon to fri, 09:00 to 17:00 in Europe/Berlin'
    >>> hours_words(BusinessHours(days=("mon", "wed", "sat")))
    'mon, wed, sat, 09:00 to 17:00 in UTC'
    """
    places = sorted(map(WEEKDAYS.index, hours.days))
    unbroken = len(places) > 2 and places[-1] - places[0] == len(places) - 1
    ordered = [WEEKDAYS[i] for i in places]
    days = f"{ordered[0]} to {ordered[-1]}" if unbroken else ", ".join(ordered)
    return f"{days}, {hours.opens} to {hours.closes} in {hours.zone}"


def share_words(share: float) -> str:
    """A share in per cent.

    >>> share_words(0.75), share_words(0.125)
    ('75 %', '12.5 %')
    """
    return f"{100 * share:.12g} %"


def quadrant_rows(quadrant: Quadrant) -> list[tuple[str, str, str]]:
    """Each quarter with the fit and the interest that lead into it.

    >>> quadrant_rows(Quadrant(fit=20.0, interest=10.0))[1]
    ('nurture', 'from 20 points', 'below 10 points')
    """
    fits, interests = (
        [f"{side} {amount(cut, 'points')}" for side in ("from", "below")] for cut in (quadrant.fit, quadrant.interest)
    )
    cells = [(fit, interest) for fit in fits for interest in interests]
    return [(name, *cell) for name, cell in zip(quadrant.names, cells, strict=True)]

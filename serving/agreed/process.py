"""How leads move by an agreement, in the reader's language: sending back, reasons, business hours, ages."""

from collections.abc import Iterator

from features.agreement import Agreement
from features.sendback import recycle_stage
from serving.agreed.amounts import amount, day, days, hours, listed
from serving.words.words import Words


def process_rows(t: Words, agreement: Agreement) -> Iterator[tuple[str, str]]:
    """What is agreed on, and how."""
    process, reasons = agreement.process, agreement.process.reasons
    again = t("agreement.points", n=process.again_points, points=amount(t, process.again_points))
    yield t("agreement.covers"), t(f"agreement.covers_{agreement.covers}")
    yield t("agreement.sent_back"), recycle_stage(agreement)
    yield t("agreement.rests"), t("agreement.rests_means", days=days(t, process.rest_days), points=again)
    for act in ("reject", "recycle", "lose"):
        yield t(f"agreement.{act}_reasons"), listed(t, getattr(reasons, act))
    yield t("agreement.business_hours"), hours(t, process.business_hours)
    holidays = [day(t, on) for on in process.business_hours.holidays]
    yield t("agreement.holidays"), t("agreement.and_more").join(holidays) or t("agreement.none")
    yield t("agreement.reminded"), t("agreement.reminded_means", share=t.percent(process.remind_share))
    age = process.score_age_hours
    yield t("agreement.score_age"), t("agreement.score_age_means", n=age, hours=amount(t, age))
    moved = t("agreement.points", n=process.changed_points, points=amount(t, process.changed_points))
    yield t("agreement.told"), t("agreement.told_means", points=moved)

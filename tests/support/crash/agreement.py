"""The agreement of the made-up company in quick motion: what takes days there takes seconds here.

It also reads what colleagues do and in which stage a lead stands, as nothing is harder to keep in order.
"""

from pathlib import Path

from msgspec.structs import replace

from features.agreement import Agreement
from features.loading import load_agreement
from features.processkeys import WEEKDAYS, BusinessHours
from features.rulekeys import Fact, Points

MADEUP = Path(__file__).parents[3] / "training" / "madeup" / "agreement.yaml"
SECOND = 1 / 3600  # of business hours


def quick_agreement() -> Agreement:
    made = load_agreement(MADEUP)
    return replace(
        made,
        interest=(*made.interest, *_of_others()),
        process=replace(
            made.process,
            rest_days=0.0,
            business_hours=BusinessHours(days=WEEKDAYS, opens="00:00", closes="24:00"),
            score_age_hours=3 * SECOND,
            changed_points=2.0,
        ),
        stages=tuple(s if s.sla is None else replace(s, sla=replace(s.sla, hours=SECOND)) for s in made.stages),
        examples=(),
    )


def _of_others() -> tuple[Fact, ...]:
    return (
        Fact(
            fact="colleague_visits",
            event="page_view",
            where={"path": "/team"},
            window_days=7.0,
            over="account",
            points_each=0.5,
            cap=5.0,
        ),
        Fact(
            fact="stage_now", lead="stage", points=(Points(equals="MQL", points=1.0), Points(equals="SAL", points=2.0))
        ),
    )

"""Which persona a lead is, in which phase, what is offered to it, and in which quarter of fit and interest it is."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from features.agreement import Agreement, Condition, Conversion, Stage
from features.errors import LeadError
from features.loading import EXAMPLE_MOMENT, AgreedScore, example_lead, load_agreement
from features.moments import DAY
from features.processkeys import Quadrant
from features.segmentkeys import Content, Persona, Phase, Segments
from features.segments import Segment, SegmentRules, quadrant_of
from features.tables import Event, Lead, known_events

NOW = 100 * DAY
BOSS = Persona(name="boss", field="title", derive="seniority", when=Condition(equals="executive"))
BUYER = Persona(name="buyer", field="title", when=Condition(matches=("buyer", "purchas*")))
LARGE = Persona(name="large", field="staff", when=Condition(at_least=1000.0))
SIGNING = Phase(name="signing", stages=("Offer", "Talk"))
COMPARING = Phase(name="comparing", event="price", window_days=30.0, when=Condition(at_least=2.0))
LEARNING = Phase(name="learning", event="visit")


def content(title: str, persona: str = "any", phase: str = "any") -> Content:
    return Content(title=title, persona=persona, phase=phase, url=f"https://acme.example/{title}")


SAVINGS = content("savings", "boss", "signing")
CUSTOMERS = content("customers", "boss")
PRICES = content("prices", phase="comparing")
TOUR = content("tour")
RULES = Agreement(
    agreement="Acme",
    version="1",
    agreed_on=date(2026, 1, 1),
    conversion=Conversion(definition="signed", stage="Offer", horizon_days=90.0),
    points_double_odds=10.0,
    stages=tuple(Stage(stage=name, definition="", owner="") for name in ("Name", "Talk", "Offer")),
    segments=Segments(
        personas=(BOSS, BUYER, LARGE),
        phases=(SIGNING, COMPARING, LEARNING),
        content=(SAVINGS, CUSTOMERS, PRICES, TOUR),
    ),
    quadrant=Quadrant(fit=20.0, interest=10.0),
)


def segment(title: str | None = None, *events: str, stage: str = "Name", staff: str | float | None = None) -> Segment:
    known = [Event(type=t, at=NOW - DAY) for t in events]
    return SegmentRules(RULES).of(Lead("L-1", {"title": title, "staff": staff}), known, NOW, stage)


@pytest.mark.parametrize(
    ("title", "staff", "persona"),
    [
        ("CEO", None, "boss"),
        ("Purchasing", None, "buyer"),
        ("Founder and buyer", 5000, "boss"),
        ("Beekeeper", 5000, "large"),
        (None, 1000, "large"),
        ("Beekeeper", 10, ""),
        (None, None, ""),
    ],
)
def test_the_first_persona_that_holds(title: str | None, staff: float | None, persona: str) -> None:
    assert segment(title, staff=staff).persona == persona


@pytest.mark.parametrize(
    ("events", "stage", "phase"),
    [
        ((), "Talk", "signing"),
        (("price", "price"), "Offer", "signing"),
        (("price", "price"), "Name", "comparing"),
        (("price", "visit"), "Name", "learning"),
        (("price",), "Name", ""),
        ((), "Gone", ""),
    ],
)
def test_the_first_phase_that_holds(events: tuple[str, ...], stage: str, phase: str) -> None:
    assert segment(None, *events, stage=stage).phase == phase


@pytest.mark.parametrize(
    ("found", "offered"),
    [
        (segment("CEO", stage="Talk"), (SAVINGS, CUSTOMERS, TOUR)),
        (segment("CEO", "price", "price"), (CUSTOMERS, PRICES, TOUR)),
        (segment("Beekeeper", "price", "price"), (PRICES, TOUR)),
        (segment(), (TOUR,)),
    ],
    ids=["both", "each", "the phase alone", "neither"],
)
def test_content_is_that_for_the_persona_and_the_phase_in_the_agreed_order(
    found: Segment, offered: tuple[Content, ...]
) -> None:
    assert found.content == offered


def test_a_text_that_means_unknown_is_no_persona() -> None:
    rules = replace(RULES, segments=Segments(personas=(replace(BUYER, when=Condition(missing=True)),)))
    assert (
        SegmentRules(rules, missing=("Select",)).of(Lead("L-1", {"title": "select"}), [], NOW, "Name").persona
        == "buyer"
    )


def test_an_agreement_without_segments_has_none() -> None:
    rules = SegmentRules(replace(RULES, segments=None))
    assert rules.of(Lead("L-1", {"title": "CEO"}), [], NOW, "Talk") == Segment("", "", ())


def test_a_value_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(LeadError, match="'staff' cannot be read as a number"):
        segment(staff="many")


@pytest.mark.parametrize(
    ("fit", "interest", "quarter"),
    [
        (20.0, 10.0, "now"),
        (20.0, 9.9, "nurture"),
        (19.9, 10.0, "look closer"),
        (-50.0, -50.0, "leave"),
    ],
)
def test_quarters_begin_at_their_points(fit: float, interest: float, quarter: str) -> None:
    assert quadrant_of(RULES, fit, interest) == quarter


def test_an_agreement_without_a_quadrant_has_no_quarters() -> None:
    assert quadrant_of(replace(RULES, quadrant=None), 20.0, 10.0) == ""


points = st.floats(-1e3, 1e3)


@given(points, points, st.floats(0.0, 1e3))
def test_more_fit_never_leads_into_a_quarter_of_low_fit(fit: float, interest: float, more: float) -> None:
    high = ("now", "nurture")
    assert quadrant_of(RULES, fit, interest) not in high or quadrant_of(RULES, fit + more, interest) in high


@pytest.mark.parametrize(
    ("example", "persona", "phase", "titles"),
    [
        (0, "technical evaluator", "comparing", ["Security and interfaces in detail"]),
        (1, "", "learning", ["The product in five minutes"]),
        (2, "user", "deciding", []),
        (3, "decider", "", []),
    ],
)
def test_the_worked_examples_of_the_made_up_company(example: int, persona: str, phase: str, titles: list[str]) -> None:
    agreed = load_agreement(Path(__file__).parents[2] / "training" / "madeup" / "agreement.yaml")
    lead = example_lead(agreed.examples[example])
    stage = AgreedScore(agreed).score(lead, EXAMPLE_MOMENT)[1].stage
    found = SegmentRules(agreed).of(lead, known_events(lead.events, EXAMPLE_MOMENT), EXAMPLE_MOMENT, stage)
    assert (found.persona, found.phase, [c.title for c in found.content]) == (persona, phase, titles)

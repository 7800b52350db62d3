"""What an agreement would change is shown before it takes hold, and nothing else happens."""

import pytest
from desk import HEAD_OF_IT
from msgspec.structs import replace
from office import Office, won

from features.agreement import Agreement
from features.errors import AgreementError
from serving.leads.acts import act
from serving.process.moves import Why
from serving.programs.agreements import forget
from serving.programs.effect import Few, StageEffect, decode, sentences
from serving.programs.service import in_service
from serving.programs.tally import EXAMPLES
from serving.programs.trying import Trial, tried
from serving.store.schema import agreements, audit, scores, stage_changes, standings
from training.scorecard import rules_only


@pytest.fixture
def three(office: Office) -> Office:
    """L-0 with 3 points, L-2 with 19 (neither software nor size) and L-1 with 43 (an MQL)."""
    desk = office.desk
    desk.identify("L-0", email="a@acme.example")
    desk.identify("L-1", **HEAD_OF_IT)
    desk.identify("L-2", **HEAD_OF_IT | {"employees": None, "industry": None})
    return office


def stages(office: Office, agreement: Agreement) -> dict[str, StageEffect]:
    return {stage.stage: stage for stage in office.propose(agreement).effect.stages}


def mql_from(agreement: Agreement, threshold: float, version: str = "2026-11") -> Agreement:
    after = tuple(replace(s, threshold=threshold) if s.stage == "MQL" else s for s in agreement.stages)
    return replace(agreement, version=version, stages=after, examples=())


def test_who_would_come_into_a_stage_is_counted_and_named(three: Office, agreement: Agreement) -> None:
    found = stages(three, mql_from(agreement, 18.0))
    assert found["MQL"] == StageEffect(stage="MQL", now=1, then=2, enter=Few(leads=1, examples=("L-2",)), leave=Few())
    assert found["Lead"].leave == Few(leads=1, examples=("L-2",))


def test_a_lead_that_stands_in_a_stage_is_not_thrown_out_of_it(three: Office, agreement: Agreement) -> None:
    assert stages(three, mql_from(agreement, 49.0))["MQL"].leave.leads == 0


def test_what_a_person_accepted_stays(three: Office, agreement: Agreement) -> None:
    desk = three.desk
    desk.track("L-1", "webinar_attended")
    desk.store.write(lambda c: act(c, desk.programs, "L-1", "accept", Why("rep"), desk.now))
    assert stages(three, mql_from(agreement, 49.0))["SAL"].then == 1


def test_points_grades_and_exclusions_are_counted(three: Office, agreement: Agreement) -> None:
    industry, *rest = agreement.fit
    fewer = replace(industry, points=tuple(replace(p, points=p.points - 14) for p in industry.points))
    no_it = replace(
        agreement.exclusions[0],
        name="no company",
        field="industry",
        derive=None,
        when=replace(agreement.exclusions[0].when, one_of=(), missing=True),
    )
    effect = three.propose(
        replace(agreement, version="2026-11", fit=(fewer, *rest), exclusions=(no_it,), examples=())
    ).effect
    assert (effect.points.fall, effect.points.stay, effect.points.least) == (1, 2, pytest.approx(-14.0))
    assert [(g.was, g.to, g.leads, g.examples) for g in effect.grades] == [("C", "D", 1, ("L-1",))]
    assert effect.excluded == Few(leads=2, examples=("L-0", "L-2"))


def test_a_lead_that_could_no_longer_be_scored_is_named(three: Office, agreement: Agreement) -> None:
    title = replace(agreement.fit[0], fact="title", field="job_title", points=(), points_each=1.0)
    effect = three.propose(replace(agreement, version="2026-11", fit=(*agreement.fit, title), examples=())).effect
    assert effect.unscorable.examples == ("L-1", "L-2")


def test_it_is_said_in_words(three: Office, later: Agreement) -> None:
    effect = three.propose(later).effect
    assert "MQL now needs 45 points instead of 40" in effect.words
    told = sentences(effect)
    assert told[0] == "3 leads were judged by both agreements"
    assert "scores: 1 would rise, 0 fall, 2 stay; half of them move by +0.0 to +5.0 points" in told


def test_nothing_is_written_but_the_proposal_and_its_audit(three: Office, later: Agreement) -> None:
    tables = (standings, scores, stage_changes)
    before = [three.desk.rows(table) for table in tables]
    found = three.propose(later)
    assert [three.desk.rows(table) for table in tables] == before
    row = next(r for r in three.desk.rows(agreements) if r["hash"] == found.hash)
    assert (row["state"], decode(row["effect"])) == ("proposed", found.effect)
    assert three.desk.rows(audit)[-1]["act"] == "agreement.proposed"
    assert three.card.agreement.version == "2026-10"


def test_the_effect_is_not_that_of_time(three: Office, agreement: Agreement) -> None:
    three.desk.track("L-1", "page_view", path="/pricing")
    three.desk.later(14 * 86_400 * 1_000_000)
    assert three.propose(replace(agreement, version="2026-11")).effect.points.stay == 3


def test_of_many_leads_a_random_sample_is_judged(office: Office, later: Agreement) -> None:
    for n in range(30):
        office.desk.identify(f"L-{n:02}", email=f"{n}@acme.example")
    effect = office.propose(later, most=10).effect
    assert (effect.leads, effect.judged, effect.sampled) == (30, 10, True)
    assert sentences(effect)[0] == "of 30 leads, a random sample of 10 was judged by both agreements"


def test_at_most_twenty_are_named(office: Office, agreement: Agreement) -> None:
    for n in range(25):
        office.desk.identify(f"L-{n:02}", **HEAD_OF_IT | {"employees": None, "industry": None})
    few = stages(office, mql_from(agreement, 18.0))["MQL"].enter
    assert (few.leads, len(few.examples)) == (25, EXAMPLES)


def test_progress_is_told(three: Office, later: Agreement) -> None:
    told: list[tuple[str, int, int]] = []
    trial = Trial(three.service.programs.leads, in_service("leads", rules_only(later)), three.service.programs.leads)
    empty = replace(three.propose(later).effect, leads=0)
    tried(three.store, trial, empty, three.desk.now, step=lambda *step: told.append(step))
    assert told == [("judging leads by both agreements", done, 3) for done in (0, 3)]


def test_the_agreement_of_another_program_is_refused(office: Office, customers: Agreement) -> None:
    with pytest.raises(AgreementError, match="is about customers") as error:
        office.propose(customers)
    assert "give the program 'customers'" in error.value.do


def test_the_adopted_agreement_is_not_proposed(office: Office, agreement: Agreement) -> None:
    with pytest.raises(AgreementError, match="version 2026-10 is the adopted agreement already"):
        office.propose(agreement)


def test_leads_cannot_go_to_a_stage_that_is_none(office: Office, later: Agreement) -> None:
    with pytest.raises(AgreementError, match="no stage") as error:
        office.propose(later, move_to={"SQL": "Sall"})
    assert error.value.do == "did you mean 'SAL'?"


def test_an_effect_forgets_a_lead_that_is_erased(three: Office, agreement: Agreement) -> None:
    three.propose(mql_from(agreement, 18.0))
    three.store.write(lambda c: forget(c, "L-2"))
    shown = next(row["effect"] for row in three.desk.rows(agreements) if row["effect"])
    assert "L-2" not in shown
    cleaned = decode(shown)
    assert {s.stage: s.enter.leads for s in cleaned.stages}["MQL"] == 1


def test_a_trained_model_tells_what_it_will_carry(trained_office: Office, agreement: Agreement) -> None:
    effect = trained_office.propose(replace(agreement, version="2026-11", fit=agreement.fit[1:], examples=())).effect
    assert effect.carried == ("industry: no longer agreed; what history says of it stays",)


def test_a_program_that_begins_shows_whom_it_begins_with(office: Office, customers: Agreement) -> None:
    won(office.desk, "L-1")
    effect = office.propose(customers, "customers").effect
    assert (effect.leads, effect.against) == (1, "")
    assert {s.stage: s.enter.examples for s in effect.stages}["Customer"] == ("L-1",)

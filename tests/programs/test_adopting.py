"""An agreement takes hold in one step, everywhere, and leads follow it."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

import pytest
from desk import HEAD_OF_IT
from msgspec.structs import replace
from office import Office, won

from features.agreement import Agreement
from features.loading import agreement_from_text
from serving.access.caller import SYSTEM
from serving.leads.due import rescore_due
from serving.leads.replay import replay
from serving.programs.adopting import adopt, adopt_first
from serving.programs.agreements import history, kept, yaml_of
from serving.programs.errors import NoSuchAgreement, NotAdoptable
from serving.programs.home import card_path
from serving.service import Service
from serving.store.schema import agreements, audit, scores, stage_changes, standings
from training.registry.champion import settle
from training.registry.place import Registry
from training.scorecard import RULES, Scorecard, load, rules_only, save


def rescored(office: Office) -> int:
    office.desk.later(1)
    return rescore_due(office.store, office.service.programs, office.desk.now)


def without(agreement: Agreement, *stages: str, version: str = "2026-11") -> Agreement:
    """The agreement without some of its stages."""
    left = tuple(s for s in agreement.stages if s.stage not in stages)
    assert agreement.segments is not None
    phases = tuple(
        replace(p, stages=tuple(s for s in p.stages if s not in stages)) if p.stages else p
        for p in agreement.segments.phases
    )
    segments = replace(agreement.segments, phases=phases)
    return replace(agreement, version=version, stages=left, segments=segments, examples=())


def called(agreement: Agreement, was: str, to: str, version: str = "2026-11") -> Agreement:
    """The agreement with a stage called otherwise."""
    stages = tuple(replace(s, stage=to) if s.stage == was else s for s in agreement.stages)
    conversion = replace(agreement.conversion, stage=to) if agreement.conversion.stage == was else agreement.conversion
    return replace(agreement, version=version, stages=stages, conversion=conversion, examples=())


# what takes hold


def test_the_scorecard_in_the_home_is_of_the_new_agreement(office: Office, later: Agreement) -> None:
    found = office.adopt(later)
    assert (found.version, found.model_version, found.unwritten) == ("2026-11", RULES, "")
    assert load(card_path(office.home, "leads")) == replace(rules_only(later), name="madeup")
    assert office.card.agreement == later


def test_a_trained_model_is_carried(trained_office: Office, later: Agreement, card: Scorecard) -> None:
    assert trained_office.adopt(later).model_version == "1+2026-11"
    assert trained_office.card.tables == card.tables


def test_leads_are_scored_by_it_and_replay(office: Office, later: Agreement) -> None:
    office.desk.identify("L-1", **HEAD_OF_IT)
    office.adopt(later)
    assert rescored(office) == 1
    assert office.desk.standing("L-1").score == 43.0 + 10
    replayed = [office.store.read(lambda c, i=row["score_id"]: replay(c, i)) for row in office.desk.rows(scores)]
    assert [r.differences for r in replayed] == [[], []]


def test_every_process_follows(office: Office, later: Agreement) -> None:
    other = office.open()
    office.adopt(later)
    assert other.programs.leads.agreement == later


def test_the_one_before_is_of_the_past(office: Office, later: Agreement) -> None:
    office.adopt(later)
    told = office.store.read(lambda c: [(k.version, k.state) for k in history(c, "leads")])
    assert told == [("2026-11", "adopted"), ("2026-10", "past")]


def test_it_is_audited(office: Office, later: Agreement, agreement: Agreement) -> None:
    hashed = office.adopt(later).hash
    row = office.desk.rows(audit)[-1]
    assert (row["act"], row["about"]) == ("agreement.adopted", hashed)
    assert agreement.content_hash() in row["detail"]


def test_an_agreement_of_the_past_can_hold_again(
    trained_office: Office, later: Agreement, agreement: Agreement, card: Scorecard
) -> None:
    trained_office.adopt(later)
    trained_office.adopt(agreement)
    assert trained_office.card == card


def test_the_next_agreement_is_carried_from_what_was_trained(
    trained_office: Office, agreement: Agreement, card: Scorecard
) -> None:
    trained_office.adopt(replace(agreement, version="2026-11", largest_weight_of_history=0.1))
    trained_office.adopt(replace(agreement, version="2026-12"))
    assert (trained_office.card.model_version, trained_office.card.weight_of_history) == (
        "1+2026-12",
        card.weight_of_history,
    )


def test_a_champion_that_was_trained_with_it_serves_as_soon_as_it_holds(
    trained_office: Office, later: Agreement, card: Scorecard
) -> None:
    trained = replace(card, model_version="2", agreement=later, agreement_hash=later.content_hash())
    save(trained, card_path(trained_office.home, "leads"))
    assert trained_office.card.model_version == "1"
    assert "not adopted" in trained_office.service.programs.refused()["leads"]
    assert trained_office.adopt(later).model_version == "2"
    assert (trained_office.card, trained_office.service.programs.refused()) == (trained, {})


def test_a_text_that_says_the_same_can_be_made_of_any_agreement(customers: Agreement, agreement: Agreement) -> None:
    for one in (customers, agreement):
        assert agreement_from_text(yaml_of(one)).content_hash() == one.content_hash()


def test_what_was_shown_is_what_happens(office: Office, agreement: Agreement) -> None:
    titles, sizes = ["Head of IT", "CEO", "Student"], [5.0, 80.0, 320.0]
    for n, (title, size, industry) in enumerate(product(titles, sizes, ["software", "hospitality"])):
        lead = HEAD_OF_IT | {"job_title": title, "employees": size, "industry": industry}
        office.desk.identify(f"L-{n:02}", **lead)
        office.desk.track(f"L-{n:02}", "page_view", path=["/pricing", "/careers"][n % 2])
    employees, *rest = (f for f in agreement.fit if f.fact in ("employees", "address"))
    changed = (replace(employees, points=tuple(replace(p, points=p.points + 15) for p in employees.points)), *rest)
    found = office.propose(replace(agreement, version="2026-11", fit=changed, examples=()))
    effect = found.effect
    before = {lead["lead_id"]: lead["score"] for lead in office.desk.rows(standings)}
    adopt(office.service, "leads", found.hash, SYSTEM)
    assert office.card.agreement.version == "2026-11"
    assert rescored(office) == effect.judged == 18
    after = office.desk.rows(standings)
    told = {stage.stage: stage.then for stage in effect.stages if stage.then}
    assert told == dict(Counter(lead["stage"] for lead in after))
    moves = [lead["score"] - before[lead["lead_id"]] for lead in after]
    assert (effect.points.rise, effect.points.fall) == (sum(m > 0.05 for m in moves), sum(m < -0.05 for m in moves))


def test_of_two_who_adopt_at_once_one_is_refused(office: Office, later: Agreement) -> None:
    shown = [office.propose(replace(later, version=version)).hash for version in ("2026-11", "2026-12")]
    workers = [office.open() for _ in shown]

    def adopting(worker: Service, hashed: str) -> bool:
        try:
            adopt(worker, "leads", hashed, SYSTEM)
        except NotAdoptable:
            return False
        return True

    with ThreadPoolExecutor() as pool:
        assert sorted(pool.map(adopting, workers, shown)) == [False, True]
    states = office.store.read(lambda c: [k.state for k in history(c, "leads")])
    assert sorted(states) == ["adopted", "past", "proposed"]


def test_a_home_whose_champion_is_carried_is_settled(
    trained_office: Office, later: Agreement, madeup_home: Path
) -> None:
    trained_office.adopt(later)
    settle(Registry.embedded(madeup_home), "leadscore-madeup", trained_office.home)
    assert load(card_path(trained_office.home, "leads")).model_version == "1+2026-11"


# what is refused


def test_what_was_never_proposed_is_refused(office: Office, later: Agreement) -> None:
    with pytest.raises(NoSuchAgreement, match="no such agreement"):
        adopt(office.service, "leads", later.content_hash(), SYSTEM)


def test_a_proposal_without_an_effect_is_refused(office: Office, later: Agreement) -> None:
    found = office.propose(later)
    office.store.write(lambda c: c.execute(agreements.update().values(effect=None)))
    with pytest.raises(NotAdoptable, match="never shown"):
        adopt(office.service, "leads", found.hash, SYSTEM)


def test_an_effect_against_another_agreement_does_not_count(office: Office, later: Agreement) -> None:
    first, second = later, replace(later, version="2026-12")
    shown = office.propose(second).hash
    office.adopt(first)
    with pytest.raises(NotAdoptable, match="another agreement was adopted since"):
        adopt(office.service, "leads", shown, SYSTEM)


def test_the_effect_of_an_earlier_time_does_not_count(office: Office, later: Agreement, agreement: Agreement) -> None:
    hashed = office.adopt(later).hash
    office.adopt(agreement)
    with pytest.raises(NotAdoptable, match="never shown"):
        adopt(office.service, "leads", hashed, SYSTEM)


def test_the_adopted_one_is_not_adopted_again(office: Office, later: Agreement) -> None:
    hashed = office.adopt(later).hash
    with pytest.raises(NotAdoptable, match="the adopted agreement already"):
        adopt(office.service, "leads", hashed, SYSTEM)


# stages that go


def test_stages_with_leads_in_them_are_not_dropped_unsaid(office: Office, agreement: Agreement) -> None:
    office.desk.identify("L-1", **HEAD_OF_IT)
    assert office.propose(called(agreement, "MQL", "Qualified")).effect.dropped == {"MQL": 1}
    with pytest.raises(NotAdoptable, match="stages that this agreement does not have") as error:
        office.adopt(called(agreement, "MQL", "Qualified"))
    assert (error.value.got, office.card.agreement.version) == ("1 in MQL", "2026-10")
    assert "--move MQL=STAGE" in error.value.do


def test_empty_stages_may_go(office: Office, agreement: Agreement) -> None:
    office.adopt(without(agreement, "SQL"))
    assert "SQL" not in [s.stage for s in office.card.agreement.stages]


def test_leads_go_where_it_was_said(office: Office, agreement: Agreement) -> None:
    office.desk.identify("L-1", **HEAD_OF_IT)
    effect = office.propose(called(agreement, "MQL", "Qualified"), move_to={"MQL": "Qualified"}).effect
    assert {s.stage: s.then for s in effect.stages if s.then} == {"Qualified": 1}
    office.adopt(called(agreement, "MQL", "Qualified"), move_to={"MQL": "Qualified"})
    rescored(office)
    assert office.desk.standing("L-1").stage == "Qualified"
    row = office.desk.rows(stage_changes)[-1]
    assert (row["was"], row["stage"], row["action"]) == ("MQL", "Qualified", "agreement")
    last = office.desk.rows(scores)[-1]["score_id"]
    assert office.store.read(lambda c: replay(c, last)).same


def test_who_had_converted_still_has(office: Office, agreement: Agreement) -> None:
    won(office.desk, "L-1")
    office.adopt(called(agreement, "Customer", "Won"), move_to={"Customer": "Won"})
    office.desk.later(1)
    office.desk.track("L-1", "page_view", path="/pricing")
    standing = office.desk.standing("L-1")
    assert (standing.stage, standing.open) == ("Won", False)


def test_a_stage_that_was_called_otherwise_twice_is_known(office: Office, agreement: Agreement) -> None:
    won(office.desk, "L-1")
    first = called(agreement, "Customer", "Won")
    office.adopt(first, move_to={"Customer": "Won"})
    office.adopt(called(first, "Won", "Signed", "2026-12"), move_to={"Won": "Signed"})
    assert office.service.programs.leads.process.has_converted("Customer")


# the first one of a program


def test_a_program_begins_with_its_first_agreement(office: Office, customers: Agreement) -> None:
    found = adopt_first(office.service, "customers", customers, SYSTEM)
    assert found.model_version == RULES
    office.service.programs.look()
    begun = office.service.programs.customers
    assert begun is not None
    assert (begun.card.name, begun.agreement) == ("customers", customers)
    assert office.store.read(lambda c: kept(c, "customers", found.hash)).adopted_by == SYSTEM.name


def test_a_program_begins_once(office: Office, customers: Agreement) -> None:
    adopt_first(office.service, "customers", customers, SYSTEM)
    with pytest.raises(NotAdoptable, match="holds a scorecard of the program 'customers' already"):
        adopt_first(office.service, "customers", replace(customers, version="2"), SYSTEM)


def test_a_home_that_lost_its_file_does_not_begin_with_another_agreement(office: Office, later: Agreement) -> None:
    card_path(office.home, "leads").unlink()
    with pytest.raises(NotAdoptable, match="version 2026-10 is the adopted agreement"):
        adopt_first(office.service, "leads", later, SYSTEM)

"""What the pages read and write of the store, on both databases."""

from pathlib import Path

import pytest
from desk import HEAD_OF_IT, Desk, programs_of

from serving.agreed.signing import sign, signatures
from serving.agreed.today import of_fact, seen_today
from serving.service import Service
from serving.settings import Settings
from serving.signin.visitor import Visitor
from serving.store.database import Store
from serving.versions.today import scores_today
from training.scorecard import Scorecard

KIM, LEE = (Visitor(name, f"session:{name}", "manager", "") for name in ("Kim", "Lee"))
LEADS = 12


@pytest.fixture
def desk(store: Store, rules_card: Scorecard, tmp_path: Path) -> Desk:
    """Twelve leads of 43 points: 10 software + 14 size + 10 director + 6 IT + 3 address."""
    desk = Desk(store, programs_of(store, tmp_path, leads=rules_card))
    for n in range(LEADS):
        desk.identify(f"L-{n}", **HEAD_OF_IT)
    return desk


@pytest.fixture
def service(desk: Desk, tmp_path: Path) -> Service:
    return Service(Settings(home=tmp_path), desk.store, desk.programs, clock=lambda: desk.now)


def test_every_open_lead_is_seen_with_what_its_score_is_made_of(desk: Desk) -> None:
    one = desk.programs.leads
    seen = desk.store.read(lambda connection: seen_today(connection, one))
    assert len(seen) == LEADS
    for index, feature in enumerate(one.card.features):
        if feature.name == "industry":
            assert {(s.value, s.agreed, s.counted) for s in of_fact(seen, index)} == {("software", 10.0, 10.0)}


def test_of_very_many_leads_a_part_is_seen(desk: Desk) -> None:
    one = desk.programs.leads
    seen = desk.store.read(lambda connection: seen_today(connection, one, LEADS // 3))
    assert len(seen) == pytest.approx(LEADS // 3, abs=1)


def test_the_scores_of_open_leads_are_read_with_their_number(desk: Desk) -> None:
    one = desk.programs.leads
    assert desk.store.read(lambda connection: scores_today(connection, one)) == ([43.0] * LEADS, LEADS)


def test_each_signs_once(service: Service) -> None:
    hashed = service.programs.leads.card.agreement_hash
    signed = [sign(service, "leads", hashed, who, "Sales") for who in (KIM, LEE, KIM, KIM._replace(by="session:later"))]
    assert signed == [True, True, False, False]
    found = service.store.read(lambda connection: signatures(connection, "leads", hashed))
    assert sorted(one.name for one in found) == ["Kim", "Lee"]

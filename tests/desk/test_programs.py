"""The desk where there are two programs: one for leads, one for customers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from desk import Desk, programs_of
from fastapi.testclient import TestClient
from histories import put_lead, put_standing

from features.loading import load_agreement
from serving.app import create_app
from serving.service import Service
from serving.settings import Settings
from serving.store.database import Store
from serving.store.migrate import migrate
from training.scorecard import Scorecard, rules_only

CUSTOMERS = Path(__file__).parents[2] / "training" / "madeup" / "agreement_customers.yaml"


@pytest.fixture(scope="module")
def browser(rules_card: Scorecard, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A browser at a desk with Kim, who is a lead, and Lee, who is a customer, too."""
    home = tmp_path_factory.mktemp("two")
    store = Store(f"sqlite:///{home / 'store.db'}")
    migrate(store)
    programs = programs_of(store, home, leads=rules_card, customers=rules_only(load_agreement(CUSTOMERS)))
    desk = Desk(store, programs)
    for lead in ("kim", "lee"):
        store.write(lambda c, i=lead: put_lead(c, i, score=1.0, fit_points=1.0, interest_points=1.0))
    first = programs.named("customers").process.first.stage
    row = {"program": "customers", "stage": first, "score": 2.0, "fit_points": 1.0, "interest_points": 1.0}
    store.write(lambda c: put_standing(c, "lee", **row))
    service = Service(Settings(home=home, jobs=False), store, programs, clock=lambda: desk.now)
    with TestClient(create_app(service), base_url="http://127.0.0.1", headers={"Accept": "text/html"}) as client:
        yield client
    store.close()


def shown(browser: TestClient, address: str, **query: str) -> BeautifulSoup:
    answer = browser.get(address, params=query)
    assert answer.status_code == 200, answer.text
    return BeautifulSoup(answer.text, "html.parser")


def test_each_program_has_its_list(browser: TestClient) -> None:
    assert {a.text for a in shown(browser, "/").select("a.lead")} == {"kim", "lee"}
    customers = shown(browser, "/", program="customers").select("a.lead")
    assert [(a.text, a["href"]) for a in customers] == [("lee", "/crm/leads/lee?program=customers")]


@pytest.mark.parametrize("address", ["/", "/dashboard", "/plan", "/quadrant"])
def test_the_programs_are_a_link_apart(browser: TestClient, address: str) -> None:
    links = shown(browser, address, program="customers").select("nav.switch a")
    assert [(a.text, a["href"], a.get("aria-current")) for a in links] == [
        ("Leads", f"{address}?program=leads", None),
        ("Customers", f"{address}?program=customers", "true"),
    ]


@pytest.mark.parametrize("address", ["/", "/dashboard", "/plan"])
def test_a_form_stays_in_its_program(browser: TestClient, address: str) -> None:
    forms = shown(browser, address, program="customers").select(f"form[action='{address}']")
    assert forms
    assert all(form.select_one("input[name=program]")["value"] == "customers" for form in forms)


def test_the_filters_are_those_of_the_programs_agreement(browser: TestClient) -> None:
    agreed = [s.stage for s in load_agreement(CUSTOMERS).stages]
    options = [o["value"] for o in shown(browser, "/", program="customers").select("#f-stage option")]
    assert options == ["", *agreed, "Lost"]

"""Both pages where there are two programs: each shows its own agreement and its own model."""

from pathlib import Path

import pytest
from deskpages import MADEUP, Serve, parsed, signed_in, words
from msgspec.structs import replace
from surfer import Surfer

from features.loading import load_agreement
from training.scorecard import rules_only, save

CUSTOMERS = load_agreement(MADEUP / "agreement_customers.yaml")


@pytest.fixture
def admin(serve: Serve, home: Path) -> Surfer:
    save(replace(rules_only(CUSTOMERS), name="madeup-customers"), home / "customers" / "scorecard.json")
    return signed_in(serve(), "admin")


@pytest.mark.parametrize("path", ["/agreement", "/model"])
def test_each_program_is_a_link_away(admin: Surfer, path: str) -> None:
    html = parsed(admin.get(path).text)
    links = [str(link["href"]) for link in html.select("main nav a") if "program=" in str(link["href"])]
    assert links == ["?program=leads", "?program=customers"]
    assert words(html.select_one("main nav [aria-current]")) == "Leads"


def test_the_agreement_of_customers_is_theirs(admin: Surfer) -> None:
    told = words(parsed(admin.get("/agreement?program=customers").text))
    assert CUSTOMERS.agreement in told
    assert "customers who might buy more" in told


def test_the_model_of_customers_is_theirs(admin: Surfer) -> None:
    assert "The model: madeup-customers" in words(parsed(admin.get("/model?program=customers").text).h1)


def test_a_program_that_is_not_there_is_told_as_a_page(serve: Serve) -> None:
    admin = signed_in(serve(), "admin")
    for path in ("/agreement", "/model"):
        assert admin.get(f"{path}?program=customers").status_code == 404

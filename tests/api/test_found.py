"""What Schemathesis found, each as a test of its own."""

from collections.abc import Iterator

import pytest
from client import serving_client
from fastapi.testclient import TestClient

from serving.settings import Settings
from training.scorecard import Scorecard, save

CSV = {"Content-Type": "text/csv"}


@pytest.fixture(scope="module")
def api(rules_card: Scorecard, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The service by the made-up company's rules, with an empty store."""
    home = tmp_path_factory.mktemp("found")
    save(rules_card, home / "scorecard.json")
    with serving_client(Settings(home=home, reload_seconds=0.0, jobs=False)) as client:
        yield client


def test_a_file_that_is_not_such_a_table_is_the_callers_fault(api: TestClient) -> None:
    answer = api.post("/v1/import/leads?wait=true", content="lead_id,industry\nL-9,steel\n", headers=CSV)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert "created_at" in answer.text

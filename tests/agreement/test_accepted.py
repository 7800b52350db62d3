"""Every agreement in this repository is accepted, its worked examples included."""

from pathlib import Path

import pytest

from features.errors import AgreementError
from features.loading import load_agreement

ROOT = Path(__file__).parents[2]
AGREEMENTS = [*ROOT.glob("examples/*/agreement.yaml"), *ROOT.glob("training/*/agreement*.yaml")]


@pytest.mark.parametrize("path", AGREEMENTS, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_accepts(path: Path) -> None:
    assert load_agreement(path).examples


def test_the_agreements_are_found() -> None:
    assert {"bank", "madeup", "xeducation"} <= {path.parent.name for path in AGREEMENTS}


def test_an_agreement_can_be_loaded_without_running_its_worked_examples(tmp_path: Path) -> None:
    path = tmp_path / "acme.yaml"
    accepted = (ROOT / "tests/agreement/accepted.yaml").read_text("utf-8")
    path.write_text(accepted.replace("score: 53", "score: 52"), "utf-8")
    with pytest.raises(AgreementError, match="does not hold"):
        load_agreement(path)
    assert load_agreement(path, examples=False).examples[0].score == 52.0

"""Every agreement in this repository is accepted, its worked examples included."""

from pathlib import Path

import pytest

from features.loading import load_agreement

ROOT = Path(__file__).parents[2]
AGREEMENTS = [*ROOT.glob("examples/*/agreement.yaml"), *ROOT.glob("training/*/agreement.yaml")]


@pytest.mark.parametrize("path", AGREEMENTS, ids=lambda p: p.parent.name)
def test_accepts(path: Path) -> None:
    assert load_agreement(path).examples


def test_the_agreements_are_found() -> None:
    assert {"bank", "madeup", "xeducation"} <= {path.parent.name for path in AGREEMENTS}

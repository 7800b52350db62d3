"""The content hash is of what an agreement says, not of how it is written."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from ruamel.yaml import YAML

from features.agreement import Agreement
from features.loading import agreement_from_text

SOURCE = (Path(__file__).parents[1] / "agreement" / "accepted.yaml").read_text("utf-8")
HASH = agreement_from_text(SOURCE).content_hash()


def backwards(value: Any) -> Any:
    """The same mappings with their keys in the opposite order."""
    if isinstance(value, dict):
        return {k: backwards(v) for k, v in reversed(value.items())}
    return [backwards(v) for v in value] if isinstance(value, list) else value


def rewritten(old: str, new: str) -> str:
    assert old in SOURCE
    return agreement_from_text(SOURCE.replace(old, new, 1)).content_hash()


def test_it_names_its_algorithm() -> None:
    assert HASH.startswith("sha256:")
    assert len(HASH) == len("sha256:") + 64


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("fit:\n", "# who they are\nfit:\n"),
        ("{score: 50, probability: 0.2}", "\n  probability: 0.20\n  score: 50.0"),
        ("threshold: 15", "threshold: 15\n    on: score"),
        ("to: SAL", "to: SAL\n    when: {from: 1}"),
        ("points_double_odds: 10", "points_double_odds: 1.0e+1"),
        ("unit: people", 'unit: "people"'),
        ("agreed_on: 2026-10-01", 'agreed_on: "2026-10-01"'),
        ("grades:", "process: {rest_days: 30, business_hours: {opens: 09:00}}\ncovers: leads\ngrades:"),
    ],
    ids=["comment", "layout", "default", "default struct", "number", "quotes", "date in quotes", "default process"],
)
def test_it_is_the_same_for_another_way_of_writing(old: str, new: str) -> None:
    assert rewritten(old, new) == HASH


def test_keys_that_came_to_the_format_later_leave_the_hash_of_an_agreement_without_them_alone() -> None:
    assert HASH == "sha256:0600d50ce670413afd980cbdef6defac13e5bd74118961429e2002a1ee2638c6"


def test_it_is_the_same_for_another_order_of_keys() -> None:
    data = YAML(typ="safe").load(SOURCE)
    grades = data.pop("grades")  # whose order, the best first, says something
    turned = msgspec.convert({**backwards(data), "grades": grades}, Agreement)
    assert turned.content_hash() == HASH


def test_bounds_written_out_are_the_default_bounds() -> None:
    outer = "bounds: {low: -100, high: 100}\ngrades:"
    assert rewritten("grades:", outer) == rewritten("grades:", outer.replace(", high: 100", ""))


def test_it_is_another_for_another_value() -> None:
    assert rewritten("othervendor.example]", "thirdvendor.example]") != HASH


def test_it_survives_the_way_through_json() -> None:
    agreement = agreement_from_text(SOURCE)
    assert msgspec.json.decode(msgspec.json.encode(agreement), type=Agreement).content_hash() == HASH

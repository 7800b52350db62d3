"""The JSON Schema that editors use says what the code accepts."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from ruamel.yaml import YAML

from features.agreement import Agreement
from features.schema import agreement_schema, explanations, schema_text

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "docs" / "schemas" / "agreement.schema.json"
AGREEMENT = ROOT / "training" / "madeup" / "agreement.yaml"
RENEW = "write it anew: python -c 'import features.schema as s; print(s.schema_text(), end=\"\")' > " + SCHEMA.name


def as_json(text: str) -> Any:
    """YAML as JSON has it, with dates as texts."""
    return msgspec.json.decode(msgspec.json.encode(YAML(typ="safe").load(text)))


def validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))


def test_the_schema_file_is_current() -> None:
    assert SCHEMA.read_text("utf-8") == schema_text(), RENEW


def test_the_schema_is_a_valid_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(agreement_schema())


@pytest.mark.parametrize("path", sorted(AGREEMENT.parent.glob("agreement*.yaml")), ids=lambda p: p.stem)
def test_the_made_up_agreements_validate(path: Path) -> None:
    validator().validate(as_json(path.read_text("utf-8")))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("threshold: 15", "treshold: 15"),
        ("below: 20, points", "bellow: 20, points"),
        ("starts_with: /pricing", "start_with: /pricing"),
        ("horizon_days: 90", "horizon_days: -90"),
        ("derive: seniority", "derive: rank"),
        ("points_double_odds: 10", "points_double_odds: ten"),
        ("opens: 09:00", "opens: 9 o'clock"),
        ("closes: 17:00", "closes: 24:01"),
        ("days: [mon,", "days: [monday,"),
        ("remind_share: 0.75", "remind_share: 75"),
        ("url: https://nordwind", "url: nordwind"),
        ("target: 0.4", "target: 40"),
    ],
)
def test_a_fault_does_not_validate(right: str, wrong: str) -> None:
    source = AGREEMENT.read_text("utf-8")
    assert right in source
    assert not validator().is_valid(as_json(source.replace(right, wrong, 1)))


def test_every_key_is_explained() -> None:
    for name, shape in agreement_schema()["$defs"].items():
        for key, field in shape["properties"].items():
            assert field["description"], f"{name}.{key}"


def test_no_explanation_is_of_a_key_that_is_gone() -> None:
    keys = {f.encode_name for f in msgspec.structs.fields(Agreement)}
    assert set(explanations(Agreement)) == keys

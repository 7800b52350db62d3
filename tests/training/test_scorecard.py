"""A scorecard file is whole, readable by others, and refused when anything in it was changed."""

import json
import pickle
from copy import deepcopy
from math import log
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from features.errors import ScorecardError
from training.card_schema import schema_text, scorecard_schema
from training.scorecard import SCHEMA, Scorecard, Table, _envelope, decode, encode, load, rules_only, save

FILE = Path(__file__).parents[2] / "docs" / "schemas" / "scorecard.schema.json"
RENEW = "write it anew: python -c 'import training.card_schema as s; print(s.schema_text(), end=\"\")' > " + FILE.name


def forged(card: Scorecard, **changes: Any) -> bytes:
    """A file with other content, and a checksum that fits it."""
    content = json.loads(encode(card))["scorecard"] | changes
    return _envelope(json.dumps(content).encode())


def test_decoding_gives_what_was_encoded(card) -> None:
    assert decode(encode(card)) == card


def test_encoding_again_gives_the_same_bytes(card) -> None:
    assert encode(decode(encode(card))) == encode(card)


@pytest.mark.parametrize("copied", [deepcopy, lambda card: pickle.loads(pickle.dumps(card))])
def test_a_copy_is_encoded_as_the_same_bytes(card, rules_card, copied) -> None:
    for original in (card, rules_card):
        assert encode(copied(original)) == encode(original)


def test_loading_gives_what_was_saved(card, tmp_path) -> None:
    save(card, tmp_path / "new" / "scorecard.json")
    assert load(tmp_path / "new" / "scorecard.json") == card


@given(place=st.integers(min_value=0), other=st.integers(1, 255))
def test_one_byte_changed_is_refused(rules_card, place, other) -> None:
    data = bytearray(encode(rules_card))
    data[place % len(data)] ^= other
    with pytest.raises(ScorecardError, match=r"damaged|checksum"):
        decode(bytes(data))


@given(place=st.integers(min_value=0), other=st.integers(1, 255))
def test_one_byte_changed_in_learned_tables_is_refused(card, place, other) -> None:
    data = bytearray(encode(card))
    start = data.index(b'"tables"')
    data[start + place % (len(data) - start)] ^= other
    with pytest.raises(ScorecardError, match=r"damaged|checksum"):
        decode(bytes(data))


@given(end=st.integers(min_value=0))
def test_a_file_cut_short_is_refused(rules_card, end) -> None:
    data = encode(rules_card)
    with pytest.raises(ScorecardError):
        decode(data[: end % len(data)])


def test_the_error_says_what_to_do(rules_card) -> None:
    with pytest.raises(ScorecardError) as refused:
        decode(encode(rules_card).replace(b"Nordwind", b"Sudwind!"), "card.json")
    assert refused.value.where == "card.json"
    assert "export it again" in refused.value.do


@pytest.mark.parametrize(
    "changes",
    [{"schema": "leadscore.scorecard/2"}, {"weight_of_history": 1.5}, {"scale_b": "steep"}, {"colour": "red"}],
    ids=["another schema", "a weight above 1", "a text for a number", "an unknown key"],
)
def test_another_shape_is_refused_though_its_checksum_fits(rules_card, changes) -> None:
    with pytest.raises(ScorecardError, match="another schema") as refused:
        decode(forged(rules_card, **changes))
    assert refused.value.allowed == SCHEMA


def test_another_agreement_is_refused_though_its_checksum_fits(rules_card) -> None:
    with pytest.raises(ScorecardError, match="agreement is not the one"):
        decode(forged(rules_card, agreement_hash="sha256:" + "0" * 64))


@pytest.mark.parametrize(
    ("fact", "table"),
    [
        ("employees", Table(cuts=(1.0, 2.0), points=(0.0, 1.0), missing=0.0, other=0.0)),
        ("industry", Table(values=("software",), points=(0.0, 1.0), missing=0.0, other=0.0)),
        ("industry", Table(values=("software",), points=(1.0,), missing=0.0, other=0.0, bags=((1.0,),))),
        ("shoe_size", Table(points=(1.0,), missing=0.0, other=0.0)),
    ],
    ids=["too few ranges", "too many values", "short bags", "of no fact"],
)
def test_a_table_that_does_not_fit_its_fact_is_refused(rules_card, fact, table) -> None:
    with pytest.raises(ScorecardError, match=f"table of '{fact}'"):
        decode(encode(replace(rules_card, tables={fact: table})))


def test_a_missing_file_is_refused(tmp_path) -> None:
    with pytest.raises(ScorecardError, match="cannot read"):
        load(tmp_path / "scorecard.json")


def test_saving_replaces_the_file_before(rules_card, card, tmp_path) -> None:
    for saved in (card, rules_card):
        save(saved, tmp_path / "scorecard.json")
    assert load(tmp_path / "scorecard.json") == rules_card
    assert [p.name for p in tmp_path.iterdir()] == ["scorecard.json"]


def test_saving_that_fails_leaves_the_folder_as_it_was(rules_card, tmp_path) -> None:
    (tmp_path / "scorecard.json" / "in the way").mkdir(parents=True)
    with pytest.raises(OSError, match=r"scorecard\.json"):
        save(rules_card, tmp_path / "scorecard.json")
    assert [p.name for p in tmp_path.iterdir()] == ["scorecard.json"]


def test_the_rules_alone_expect_what_was_agreed(rules_card) -> None:
    # The made-up agreement: 20 % convert at 50 points, and 10 points double the odds.
    odds_at_50 = 0.2 / 0.8
    assert rules_card.scale_a + rules_card.scale_b * 50 == pytest.approx(log(odds_at_50))
    assert rules_card.scale_a + rules_card.scale_b * 60 == pytest.approx(log(2 * odds_at_50))


def test_the_rules_alone_carry_the_agreements_own_hash(rules_card) -> None:
    assert rules_only(rules_card.agreement).agreement_hash == rules_card.agreement.content_hash()


def test_the_schema_file_is_current() -> None:
    assert FILE.read_text("utf-8") == schema_text(), RENEW


def test_the_schema_is_a_valid_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(scorecard_schema())


def test_a_trained_scorecard_file_validates(scorecard_path) -> None:
    jsonschema.Draft202012Validator(json.loads(FILE.read_text("utf-8"))).validate(
        json.loads(scorecard_path.read_bytes())
    )


def test_a_scorecard_file_of_rules_validates(rules_card) -> None:
    jsonschema.Draft202012Validator(scorecard_schema()).validate(json.loads(encode(rules_card)))


def test_an_unknown_key_does_not_validate(rules_card) -> None:
    content = json.loads(encode(rules_card))
    content["scorecard"]["colour"] = "red"
    assert not jsonschema.Draft202012Validator(scorecard_schema()).is_valid(content)

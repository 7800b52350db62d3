"""Champions: one at a time, exported whole, and brought back one step at a time."""

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest
from msgspec.structs import replace

from features.errors import ConfigError, RegistryError, ScorecardError
from training.registry.champion import MovedError, make_champion, model_of, roll_back, settle
from training.registry.lock import alone
from training.registry.moves import Move, before_champion, moved, moves_of
from training.registry.place import Registry, reaching
from training.registry.versions import card_of, find, listed
from training.scorecard import load, save

NAME = "leadscore-test"


def aliases(registry: Registry) -> dict[str, str]:
    with reaching(registry) as client:
        return {alias: str(version) for alias, version in client.get_registered_model(NAME).aliases.items()}


def test_a_new_version_is_the_challenger(registry, make_card, make_version) -> None:
    make_version(make_card())
    assert aliases(registry) == {"challenger": "1"}


def test_the_champion_is_exported_under_its_number(registry, home, three) -> None:
    assert load(home / "scorecard.json") == card_of(registry, three[2])
    assert load(home / "scorecard.json").model_version == "3"
    assert load(home / "scorecard.json").scale_b == 3.0


def test_a_champion_is_no_challenger_any_more(registry, three) -> None:
    assert aliases(registry) == {"champion": "3", "previous": "2"}


def test_a_challenger_that_waits_stays_one_when_another_is_made_champion(
    registry, home, three, make_card, make_version
):
    make_version(make_card())
    roll_back(registry, NAME, home, reason="slow")
    assert aliases(registry) == {"champion": "2", "previous": "1", "challenger": "4"}


def test_every_move_is_kept_with_who_when_and_why(registry, three) -> None:
    moves = moves_of(registry, NAME)
    assert [(m.what, m.version, m.before, m.reason) for m in moves] == [
        ("promoted", "1", "", "better"),
        ("promoted", "2", "1", "better"),
        ("promoted", "3", "2", "better"),
    ]
    assert all(m.by and re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", m.at) for m in moves)


def test_a_rollback_brings_the_champion_before_back(registry, home, three) -> None:
    assert roll_back(registry, NAME, home, reason="calls dropped", by="Ann") == (three[2], three[1])
    assert load(home / "scorecard.json").model_version == "2"
    assert aliases(registry) == {"champion": "2", "previous": "1"}
    move = moves_of(registry, NAME)[-1]
    assert (move.what, move.version, move.before, move.by, move.reason) == (
        "rolled back", "2", "3", "Ann", "calls dropped",
    )  # fmt: skip


def test_a_second_rollback_goes_one_further_and_never_forth(registry, home, three) -> None:
    for _ in range(2):
        roll_back(registry, NAME, home, reason="again")
    assert aliases(registry) == {"champion": "1"}
    with pytest.raises(RegistryError, match="no champion came before version 1") as error:
        roll_back(registry, NAME, home, reason="once more")
    assert "--override" in error.value.do
    assert load(home / "scorecard.json").model_version == "1"


@pytest.mark.parametrize("reason", ["", " "])
def test_a_rollback_without_a_reason_is_refused(reason, registry, home, three) -> None:
    with pytest.raises(ConfigError, match="a rollback needs a reason"):
        roll_back(registry, NAME, home, reason=reason)
    assert aliases(registry)["champion"] == "3"


def test_a_version_that_was_rolled_back_says_so_in_the_list(registry, home, three) -> None:
    roll_back(registry, NAME, home, reason="slow")
    assert [(row.version.version, row.aliases, row.decided) for row in listed(registry, NAME)] == [
        ("3", (), "rolled back"),
        ("2", ("champion",), ""),
        ("1", ("previous",), ""),
    ]


def test_a_champion_set_by_hand_is_rolled_back_to_the_one_before(registry, home, three) -> None:
    with reaching(registry) as client:
        client.set_registered_model_alias(NAME, "champion", "1")
    roll_back(registry, NAME, home, reason="a slip")
    assert aliases(registry)["champion"] == "3"


def test_champions_from_before_moves_were_kept_can_be_rolled_back_to() -> None:
    assert before_champion([Move(at="1", what="promoted", version="5", before="4")], "5") == "4"


# Several at a time


def test_a_champion_that_was_moved_since_the_decision_is_not_replaced(registry, home, three, make_card, make_version):
    version = make_version(make_card())
    roll_back(registry, NAME, home, reason="calls dropped")
    with pytest.raises(MovedError, match="the champion was moved meanwhile") as error:
        make_champion(registry, version, home, moved("promoted", "4", before="3", reason="better than version 3"))
    assert error.value.got == "version 2"
    assert aliases(registry) == {"champion": "2", "previous": "1", "challenger": "4"}
    assert load(home / "scorecard.json").model_version == "2"
    assert moves_of(registry, NAME)[-1].what == "rolled back"


def test_of_two_first_versions_the_second_is_no_champion(registry, home, make_card, make_version) -> None:
    for version in (make_version(make_card()), make_version(make_card())):
        with suppress(MovedError):
            make_champion(registry, version, home, moved("first", version.version, reason="the first"))
    assert aliases(registry) == {"champion": "1", "challenger": "2"}


def test_a_home_is_not_set_back_to_a_champion_that_is_replaced_meanwhile(registry, home, three) -> None:
    save(card_of(registry, three[0]), home / "scorecard.json")
    with ThreadPoolExecutor(1) as pool:
        with alone(home, "champion"):
            settled = pool.submit(settle, registry, NAME, home)  # sees version 3, and must wait
            with pytest.raises(TimeoutError):
                settled.result(timeout=1)
            with reaching(registry) as client:
                client.set_registered_model_alias(NAME, "champion", "2")
            save(card_of(registry, three[1]), home / "scorecard.json")
        assert settled.result() == three[1]
    assert load(home / "scorecard.json").model_version == "2"


# A champion that cannot be exported


def test_a_version_whose_scorecard_is_damaged_does_not_become_the_champion(
    registry, home, three, make_card, make_version
) -> None:
    version = make_version(make_card(b=7.0))
    artifacts = Path(three_artifacts(registry))
    (damaged,) = [p for p in artifacts.rglob("artifacts/scorecard.json") if load(p).scale_b == 7.0]
    damaged.write_text(damaged.read_text("utf-8").replace('"scale_b": 7.0', '"scale_b": 5.0'), "utf-8")
    before = (home / "scorecard.json").read_bytes()
    with pytest.raises(ScorecardError, match="checksum"):
        make_champion(registry, version, home, moved("overridden", version.version, reason="we know better"))
    assert aliases(registry)["champion"] == "3"
    assert (home / "scorecard.json").read_bytes() == before
    assert len(moves_of(registry, NAME)) == 3


def three_artifacts(registry: Registry) -> str:
    """The folder of the artifacts of the three versions, in which further ones are kept as well."""
    with reaching(registry) as client:
        return url2pathname(urlsplit(client.get_experiment_by_name(NAME).artifact_location).path)


def test_a_home_that_cannot_be_written_leaves_the_champion(registry, home, three) -> None:
    (home / ".scorecard.json.next").mkdir()  # the place where the new file is made ready
    with pytest.raises(RegistryError, match="the home cannot be written"):
        roll_back(registry, NAME, home, reason="back")
    assert aliases(registry)["champion"] == "3"


def test_nothing_is_left_beside_the_scorecard(registry, home, three) -> None:
    roll_back(registry, NAME, home, reason="back")
    assert {p.name for p in home.iterdir()} == {"mlflow.db", "scorecard.json", ".champion.lock"}


# Homes


@pytest.mark.parametrize("content", [None, b"{}"], ids=["none", "damaged"])
def test_a_home_without_the_champion_gets_it(content, registry, home, three) -> None:
    (home / "scorecard.json").unlink()
    if content:
        (home / "scorecard.json").write_bytes(content)
    assert settle(registry, NAME, home) == three[2]
    assert load(home / "scorecard.json").model_version == "3"


def test_a_home_that_has_the_champion_is_left_as_it_is(registry, home, three) -> None:
    before = (home / "scorecard.json").stat().st_mtime_ns
    settle(registry, NAME, home)
    assert (home / "scorecard.json").stat().st_mtime_ns == before


def test_a_home_with_another_model_is_refused_before_anything_is_moved(registry, home, three) -> None:
    save(replace(load(home / "scorecard.json"), name="other"), home / "scorecard.json")
    for change in (lambda: settle(registry, NAME, home), lambda: roll_back(registry, NAME, home, reason="back")):
        with pytest.raises(ConfigError, match="this home holds the model 'other'"):
            change()
    assert aliases(registry)["champion"] == "3"


def test_an_adopted_agreement_is_replaced_by_a_promotion_only(registry, home, three, rules_card) -> None:
    save(rules_card, home / "scorecard.json")
    settle(registry, NAME, home)
    assert load(home / "scorecard.json") == rules_card
    roll_back(registry, NAME, home, reason="back")
    assert load(home / "scorecard.json").model_version == "2"


def test_without_a_champion_nothing_is_exported(registry, home) -> None:
    assert settle(registry, NAME, home) is None
    assert not (home / "scorecard.json").exists()


def test_the_model_is_that_of_the_home_or_the_one_that_is_named(registry, home, three) -> None:
    assert model_of(registry, home) == NAME
    assert model_of(registry, home, "other") == "leadscore-other"


def test_a_damaged_home_is_that_of_the_only_model(registry, home, three) -> None:
    (home / "scorecard.json").write_bytes(b"{}")
    assert model_of(registry, home) == NAME


def test_which_model_is_meant_is_asked_where_there_are_two(registry, home, make_card, make_version) -> None:
    for name in ("one", "two"):
        make_version(replace(make_card(), name=name))
    with pytest.raises(RegistryError, match="which model is meant") as error:
        model_of(registry, home)
    assert error.value.allowed == "one, two"
    save(replace(make_card(), name="two"), home / "scorecard.json")
    assert model_of(registry, home) == "leadscore-two"


def test_a_home_without_a_registry_is_said(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="nothing was registered here yet"):
        model_of(Registry.embedded(tmp_path), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("which", ["9", "nobody", "challenger", "not a name!"])
def test_a_version_that_is_not_there_is_said_with_those_that_are(which, registry, three) -> None:
    with pytest.raises(RegistryError, match=f"no version '{which}'") as error:
        find(registry, NAME, which)
    assert error.value.allowed == "3 (champion), 2 (previous), 1"

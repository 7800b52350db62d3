"""Promoting: decided by evidence, kept with the version, overruled only with a reason."""

import json
from pathlib import Path

import pytest

from features.errors import ConfigError, RegistryError
from training.promotion.promote import Override, Promotion, promote
from training.promotion.verdict import Outcome
from training.registry.moves import moves_of
from training.registry.place import Registry, reaching
from training.registry.versions import find_or_none
from training.scorecard import load

NAME = "leadscore-test"


def tags(registry: Registry, version: str) -> dict[str, str]:
    with reaching(registry) as client:
        return dict(client.get_model_version(NAME, version).tags)


def decisions(registry: Registry, run_id: str, folder: Path) -> list[dict]:
    with reaching(registry) as client:
        kept = [a.path for a in client.list_artifacts(run_id, "decisions")]
        return [json.loads(Path(client.download_artifacts(run_id, p, str(folder))).read_text("utf-8")) for p in kept]


def test_the_first_version_is_promoted_without_evidence(registry, home, make_card, make_version) -> None:
    version = make_version(make_card())
    assert promote(registry, NAME, home) == Promotion(version, None, None, promoted=True)
    assert load(home / "scorecard.json").model_version == "1"
    assert [(m.what, m.version) for m in moves_of(registry, NAME)] == [("first", "1")]


def test_a_better_challenger_takes_the_champion_s_place(registry, home, champion, better) -> None:
    found = promote(registry, NAME, home)
    assert (found.promoted, found.overridden, found.version, found.champion) == (True, False, better, champion)
    assert load(home / "scorecard.json").model_version == "3"
    assert find_or_none(registry, NAME, "challenger") is None
    assert find_or_none(registry, NAME, "previous") == champion


def test_a_worse_challenger_is_refused_and_the_champion_stays(registry, home, champion, worse) -> None:
    before = (home / "scorecard.json").read_bytes()
    found = promote(registry, NAME, home, which="2")
    assert found.verdict.outcome is Outcome.REFUSE
    assert not found.promoted
    assert (home / "scorecard.json").read_bytes() == before
    assert find_or_none(registry, NAME, "champion") == champion
    assert len(moves_of(registry, NAME)) == 1


def test_a_verdict_is_kept_with_the_version_whatever_it_is(registry, home, worse, tmp_path) -> None:
    verdict = promote(registry, NAME, home, which="2").verdict
    kept = tags(registry, "2")
    assert (kept["decided"], kept["decided_why"]) == ("refuse", verdict.why)
    *_, file = decisions(registry, worse.run_id, tmp_path)
    assert file["verdict"]["evidence"]["leads"] == 600
    assert file["verdict"]["evidence"]["difference"] == pytest.approx(list(verdict.evidence.difference))


def test_an_override_promotes_what_the_evidence_refuses_and_says_who_and_why(registry, home, worse, tmp_path) -> None:
    found = promote(registry, NAME, home, which="2", override=Override("the old one is of another market", by="Ann"))
    assert (found.promoted, found.overridden) == (True, True)
    kept = tags(registry, "2")
    assert (kept["decided"], kept["override_by"]) == ("overridden", "Ann")
    assert kept["override_reason"] == "the old one is of another market"
    move = moves_of(registry, NAME)[-1]
    assert (move.what, move.by, move.reason) == ("overridden", "Ann", "the old one is of another market")
    assert "worse" in move.evidence
    assert load(home / "scorecard.json").model_version == "2"


def test_an_override_that_is_not_needed_is_an_ordinary_promotion(registry, home, better) -> None:
    found = promote(registry, NAME, home, override=Override("to be sure"))
    assert (found.promoted, found.overridden) == (True, False)
    assert moves_of(registry, NAME)[-1].what == "promoted"


@pytest.mark.parametrize("reason", ["", "  "])
def test_an_override_without_a_reason_is_refused(reason, registry, home, worse) -> None:
    with pytest.raises(ConfigError, match="needs a reason"):
        promote(registry, NAME, home, override=Override(reason))


def test_an_override_works_where_there_is_no_evidence_to_be_had(registry, home, better) -> None:
    def broken(card):
        raise RegistryError("the tables are gone")

    with pytest.raises(RegistryError):
        promote(registry, NAME, home, read=broken)
    found = promote(registry, NAME, home, read=broken, override=Override("they are"))
    assert found.overridden
    assert "the tables are gone" in found.verdict.why


def test_without_a_challenger_there_is_nothing_to_decide(registry, home, champion) -> None:
    with reaching(registry) as client:
        client.delete_registered_model_alias(NAME, "challenger")
    found = promote(registry, NAME, home)
    assert (found.version, found.verdict, found.promoted) == (champion, None, False)


def test_a_verdict_may_be_kept_without_being_carried_out(registry, home, champion, better) -> None:
    found = promote(registry, NAME, home, carry_out=False)
    assert found.verdict.outcome is Outcome.PROMOTE
    assert not found.promoted
    assert tags(registry, "3")["decided"] == "promote"
    assert find_or_none(registry, NAME, "champion") == champion


def test_another_conversion_cannot_be_decided_on(registry, home, champion, make_card, make_version, make_leads) -> None:
    make_version(make_card(horizon=90.0, until=0.0), make_leads(600))
    verdict = promote(registry, NAME, home).verdict
    assert verdict.outcome is Outcome.UNDECIDED
    assert "predict different things" in verdict.why


def test_tests_on_other_leads_decide_nothing(registry, home, champion, make_card, make_version, make_leads) -> None:
    make_version(make_card(), make_leads(600, first=601))
    verdict = promote(registry, NAME, home).verdict
    assert (verdict.outcome, verdict.evidence) == (Outcome.UNDECIDED, None)
    assert "give the configuration and the data" in verdict.why


def test_the_same_leads_scored_anew_decide_it(registry, home, champion, make_card, make_version, make_leads) -> None:
    make_version(make_card(), make_leads(600, first=601))
    found = promote(registry, NAME, home, read=lambda card: make_leads(1_200))
    assert found.promoted
    assert found.verdict.evidence.leads == 1_200


def test_a_home_without_a_scorecard_gets_the_champion_whatever_is_decided(registry, home, champion, worse) -> None:
    (home / "scorecard.json").unlink()
    promote(registry, NAME, home, which="2")
    assert load(home / "scorecard.json").model_version == "1"

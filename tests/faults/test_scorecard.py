"""The scorecard is damaged, gone, or of another agreement, or the registry is gone: the last good one serves."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from asking import Answered, Asking
from crash.agreement import quick_agreement
from killable import Killable
from msgspec.structs import replace

from training.scorecard import Scorecard, rules_only, save

Serve = Callable[..., Killable]
Asks = Callable[[Killable], Asking]


@pytest.fixture
def ask(serve: Serve, asks: Asks) -> Iterator[Asking]:
    """Of a service that serves version ``rules``, and looks for another one often."""
    ask = asks(serve(reload_seconds=0.05))
    assert ask.score().json["model_version"] == "rules"
    return ask


def soon(ask: Asking, what: str, path: str, is_so: Callable[[Any], bool]) -> Answered:
    """The first answer of which something is so."""
    until = time.monotonic() + 20
    while not is_so((answered := ask.get(path)).json):
        assert time.monotonic() < until, f"{what}: {answered.json}"
        ask.score()  # whoever asks has the file looked at
        time.sleep(0.05)
    return answered


def damage(path: Path, _: Scorecard) -> None:
    path.write_bytes(path.read_bytes()[:1_000])


def change(path: Path, _: Scorecard) -> None:
    path.write_text(path.read_text("utf-8").replace("Nordwind", "Suedwind", 1), "utf-8")


def take_away(path: Path, _: Scorecard) -> None:
    path.unlink()


def nobody_agreed_on_it(path: Path, card: Scorecard) -> None:
    save(replace(rules_only(quick_agreement()), name=card.name), path)


@pytest.mark.parametrize("harm", [damage, change, take_away, nobody_agreed_on_it])
def test_a_scorecard_that_cannot_serve_is_refused_and_the_last_good_one_serves(
    ask: Asking, home: Path, rules_card: Scorecard, harm: Callable[[Path, Scorecard], None]
) -> None:
    before = ask.score().json
    harm(home / "scorecard.json", rules_card)
    ready = soon(ask, "refused", "/readyz", lambda told: told["refused"])
    assert (ready.status, ready.json["model_version"]) == (200, "rules")
    assert ask.get("/v1/model").json["refused"] == ready.json["refused"]
    assert {name: ask.score().json[name] for name in ("score", "stage")} == {n: before[n] for n in ("score", "stage")}
    assert ask.track("L-1", "m-1").status == 200
    save(replace(rules_card, model_version="2"), home / "scorecard.json")
    well = soon(ask, "serving the next one", "/readyz", lambda told: told["model_version"] == "2")
    assert well.json["refused"] == ""
    assert ask.score().json["model_version"] == "2"


def test_a_service_goes_on_and_starts_again_beside_a_damaged_scorecard(
    serve: Serve, asks: Asks, home: Path, rules_card: Scorecard
) -> None:
    service = serve()
    ask = asks(service)
    assert ask.track("L-1", "m-1").status == 200
    damage(home / "scorecard.json", rules_card)
    service.kill()
    service.start()
    assert (ask.score().status, ask.track("L-1", "m-2").status) == (200, 200)
    assert ask.get("/readyz").json["refused"] != ""


def test_a_registry_that_is_gone_is_told_and_nothing_else_changes(serve: Serve, asks: Asks) -> None:
    ask = asks(serve(follow="http://127.0.0.1:9", follow_every=1.0))
    told = soon(ask, "told of the registry", "/v1/model", lambda told: told["registry"]["error"])
    assert told.json["registry"]["failing_since"] != ""
    assert (ask.score().status, ask.track("L-1", "m-1").status, ask.get("/readyz").status) == (200, 200, 200)

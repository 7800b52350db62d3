"""A service at whose pages people sign in, and browsers that do."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from client import serving_client
from fastapi.testclient import TestClient
from msgspec.structs import replace
from provider import Provider, provider
from surfer import Surfer, identified
from vouching import OWN, ROLES, signing_in

from serving.settings import Settings
from serving.signin.settings import SignInSettings
from training.scorecard import Scorecard, save

ASKED = SignInSettings(asked=True)
Serve = Callable[..., TestClient]


@pytest.fixture(scope="session")
def agreed(rules_card: Scorecard, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scorecard file without history: nothing here depends on what was learned."""
    path = tmp_path_factory.mktemp("agreed") / "scorecard.json"
    save(rules_card, path)
    return path


@pytest.fixture
def serve(tmp_path: Path, agreed: Path) -> Iterator[Serve]:
    """Serves with some settings; the client has the first key, with every right."""
    with ExitStack() as ends:

        def opened(**settings: object) -> TestClient:
            made = Settings(home=tmp_path, reload_seconds=0.0, jobs=False, **settings)  # type: ignore[arg-type]
            return ends.enter_context(serving_client(made, agreed))

        yield opened


@pytest.fixture(scope="session")
def asked(agreed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """One service for all that leave it as it is: people sign in, and pages of a CRM may frame cards."""
    settings = Settings(home=tmp_path_factory.mktemp("signin"), reload_seconds=0.0, jobs=False)
    settings = replace(settings, signin=replace(ASKED, attempts=10_000), frames=("https://crm.example",))
    with serving_client(settings, agreed) as opened:
        yield opened


@pytest.fixture(scope="session")
def lead(asked: TestClient) -> str:
    """The id of a stored lead."""
    return identified(asked, "L-1")


@pytest.fixture
def surfer(asked: TestClient) -> Surfer:
    """A browser that has not signed in."""
    return Surfer(asked)


@pytest.fixture(scope="session")
def listening() -> Iterator[Provider]:
    with provider() as told:
        yield told


@pytest.fixture
def vouching(listening: Provider) -> Provider:
    """The provider, honest again."""
    fresh = Provider(issuer=listening.issuer, signs=OWN)
    vars(listening).update(vars(fresh))
    return listening


@pytest.fixture(scope="session")
def company(listening: Provider, agreed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A service whose people sign in there, for all tests that only change what the provider says of somebody."""
    settings = Settings(home=tmp_path_factory.mktemp("openid"), jobs=False, signin=signing_in(listening))
    with serving_client(settings, agreed) as opened:
        yield opened


@pytest.fixture(scope="session")
def grouped(listening: Provider, agreed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Another one, at which a claim gives the role."""
    asked = signing_in(listening, role_claim="groups", roles=ROLES)
    settings = Settings(home=tmp_path_factory.mktemp("groups"), jobs=False, signin=asked)
    with serving_client(settings, agreed) as opened:
        yield opened

"""Pages of the desk as somebody with a role sees them."""

from collections.abc import Callable
from pathlib import Path

from bs4 import BeautifulSoup, Tag
from fastapi.testclient import TestClient
from surfer import Surfer, key_for

SCOPES = {"rep": ("read", "act"), "manager": ("manage",), "admin": ("admin",)}
MADEUP = Path(__file__).parents[2] / "training" / "madeup"
Serve = Callable[..., TestClient]
As = Callable[[str], Surfer]


def signed_in(service: TestClient, role: str) -> Surfer:
    """A browser of somebody who signed in with a key of that role."""
    surfer = Surfer(service)
    surfer.sign_in(key_for(service, *SCOPES[role], name=f"Kim the {role}")["key"])
    return surfer


def parsed(html: str) -> BeautifulSoup:
    """A page, to be searched."""
    return BeautifulSoup(html, "html.parser")


def words(tag: Tag | None) -> str:
    """What a reader sees of a part of a page, with single blanks."""
    assert tag is not None
    return " ".join(tag.get_text(" ").split())

"""Every page and every form of the service, whoever added it."""

from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

from bs4 import BeautifulSoup
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from serving.pages.route import PageRoute

FREE = ("/signin", "/signin/openid", "/signin/callback")  # for those who have not signed in yet


class Way(NamedTuple):
    """A method and a path, as its route has it."""

    method: str
    path: str

    def of(self, lead_id: str, **named: str) -> str:
        """The path with values: of a lead, and ``x`` where nothing else is given."""
        path = self.path
        while "{" in path:
            before, _, rest = path.partition("{")
            name, _, after = rest.partition("}")
            value = lead_id if name.startswith("lead_id") else named.get(name.partition(":")[0], "x")
            path = before + quote(value, safe="") + after
        return path


def ways(app: FastAPI) -> list[Way]:
    """All of them, but those for people who have not signed in yet."""
    found = (Way(method, r.path) for r in _all(app) if isinstance(r.original_route, PageRoute) for method in r.methods)
    return sorted(way for way in found if way.path not in FREE)


def no_pages(app: FastAPI) -> list[str]:
    """The paths of everything else that the service answers."""
    return [r.path for r in _all(app) if not isinstance(r.original_route, PageRoute)]


def _all(app: FastAPI) -> Iterator[Any]:
    return iter_route_contexts(app.routes)


def faults(html: str) -> list[str]:
    """What our Content-Security-Policy would not let run, and what might run all the same."""
    page = BeautifulSoup(html, "html.parser")
    found = [f"a script in the page: {tag}" for tag in page.find_all("script") if tag.get_text() or not tag.get("src")]
    found += [f"a style in the page: {tag}" for tag in page.find_all("style")]
    for tag in page.find_all(True):
        for name, value in tag.attrs.items():
            if name.startswith("on") or name in ("style", "srcdoc"):
                found.append(f"{name}={value!r} of {tag.name}")
            if name in ("href", "src", "action", "formaction", "xlink:href") and not _leads_somewhere(str(value)):
                found.append(f"{name}={value!r} of {tag.name}")
    return found


def _leads_somewhere(address: str) -> bool:
    """Whether an address is one of ours or of the web, and no script."""
    return address.startswith(("/", "?", "#", "https://", "http://", "mailto:", "tel:")) and not address.startswith(
        "//"
    )

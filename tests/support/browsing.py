"""What tests of pages in a browser look at."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

NARROW, WIDE = 320, 1_280
LANGUAGES = ("en", "de", "zh")
Opened = Callable[..., Page]
Opener = Callable[..., AbstractContextManager[Opened]]
_AA = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


def barriers(page: Page) -> list[str]:
    """What WCAG AA finds wrong with a page, as axe checks it; and what does not fit its width."""
    found = Axe().run(page, options=_AA).response["violations"]
    told = [f"{v['id']}: {node['html']}" for v in found for node in v["nodes"]]
    beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*told, f"{beyond} px do not fit"] if beyond > 0 else told


def tenths(text: str) -> int:
    """A number with one digit after the point in tenths, whatever the language writes before that digit."""
    sign = -1 if "−" in text else 1
    return sign * int("".join(re.findall(r"\d", text)))

"""The catalogue: every text that people read, in every language, one file for each part of the house.

A file ``card.toml`` holds the texts ``card.NAME``. Where the wording depends on a number, a text has ``one`` and
``other`` (as CLDR calls the plural forms), chosen by the value ``n``::

    [short]
    en = {one = "{points} point short", other = "{points} points short"}
    de = {one = "{points} Punkt fehlt", other = "{points} Punkte fehlen"}
    zh = "还差 {points} 分"
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

LANGUAGES = ("en", "de", "zh")
Text = str | Mapping[str, str]


@cache
def catalogue() -> Mapping[str, Mapping[str, Text]]:
    """All texts by name, each by language; read once."""
    found: dict[str, Mapping[str, Text]] = {}
    for file in sorted(files("serving.words").joinpath("catalogue").iterdir(), key=lambda f: f.name):
        part = file.name.removesuffix(".toml")
        texts = tomllib.loads(file.read_text("utf-8"))
        found |= {f"{part}.{name}": text for name, text in texts.items()}
    return found

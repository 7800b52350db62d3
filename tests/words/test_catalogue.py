"""The catalogue is whole: every text in every language, each with the same values, none unused and none missing."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from string import Formatter

from babel import Locale

from serving.words.catalogue import LANGUAGES, Text, catalogue

ROOT = Path(__file__).parents[2]
OF_THE_DATA = {"unit"}  # named by agreements
FRAGMENTS = ("said.", "agreement.and", "agreement.comma")  # parts of sentences, which may begin or end with a space
AREAS = "|".join(sorted({name.partition(".")[0] for name in catalogue()}))
NAMED = re.compile(rf"""["']((?:{AREAS})\.[A-Za-z0-9_]+)["']""")
BEGUN = re.compile(rf"""["']((?:{AREAS})\.[A-Za-z0-9_]*)(?:\{{|["']\s*[~+])""")
ASKED = re.compile(rf"""\b(?:t|words|filled|has)\(\s*["']((?:{AREAS})\.[A-Za-z0-9_]+)["']\s*[,)]""")
CHINESE = "[一-鿿]"
HALF_WIDTH = re.compile(rf"{CHINESE}[,:;!?]|[,;!?]{CHINESE}")


def forms(text: Text) -> list[str]:
    return [text] if isinstance(text, str) else list(text.values())


def values(text: Text) -> set[str]:
    return {field for form in forms(text) for _, field, _, _ in Formatter().parse(form) if field is not None}


def read(*folders: str) -> str:
    files = (file for folder in folders for kind in ("py", "html") for file in (ROOT / folder).rglob(f"*.{kind}"))
    return "\n".join(file.read_text("utf-8") for file in files)


@cache
def sources() -> str:
    return read("serving")


@cache
def quoted() -> frozenset[str]:
    """Words of which names may be put together, such as those of stages and roles."""
    return frozenset(re.findall(r"""["']([A-Za-z0-9_]+)["']""", read("serving", "features", "training")))


def split(name: str) -> Iterator[tuple[str, str]]:
    """A name in two, at each of its underscores."""
    return ((name[:at], name[at + 1 :]) for at, letter in enumerate(name) if letter == "_")


def is_quoted(words: tuple[str, str]) -> bool:
    return quoted().issuperset(words)


def used() -> Iterator[str]:
    """The texts that are named in full, or whose name is put together: of a beginning, or of words in quotes."""
    begun = set(BEGUN.findall(sources()))
    named = set(NAMED.findall(sources()))
    for name in catalogue():
        area, _, rest = name.partition(".")
        by_word = f"{area}." in begun and (rest in quoted() or any(map(is_quoted, split(rest))))
        if name in named or by_word or any(name.startswith(b) for b in begun if not b.endswith(".")):
            yield name


def test_every_text_is_in_every_language() -> None:
    assert [name for name, said in catalogue().items() if set(said) != set(LANGUAGES)] == []


def test_every_text_has_the_same_values_in_every_language() -> None:
    other = [n for n, said in catalogue().items() if any(values(text) != values(said["en"]) for text in said.values())]
    assert other == []


def test_every_text_names_its_values_plainly() -> None:
    """A dot or a bracket would look into a value that somebody else gave."""
    named = {(name, value) for name, said in catalogue().items() for text in said.values() for value in values(text)}
    assert [(name, value) for name, value in named if not value.isidentifier()] == []


def test_every_text_has_the_plural_forms_of_its_language() -> None:
    of_language = {language: {*Locale.parse(language).plural_form.tags, "other"} for language in LANGUAGES}
    found = [
        (name, language)
        for name, said in catalogue().items()
        for language, text in said.items()
        if isinstance(text, Mapping) and set(text) != of_language[language]
    ]
    assert found == []


def test_every_text_says_something_and_has_no_space_around_it() -> None:
    whole = [
        (name, form)
        for name, said in catalogue().items()
        for text in said.values()
        for form in forms(text)
        if not form or (form != form.strip() and not name.startswith(FRAGMENTS))
    ]
    assert whole == []


def test_chinese_has_the_punctuation_of_chinese() -> None:
    assert [form for said in catalogue().values() for form in forms(said["zh"]) if HALF_WIDTH.search(form)] == []


def test_every_text_is_used() -> None:
    unused = sorted(set(catalogue()) - set(used()))
    assert [name for name in unused if name.partition(".")[0] not in OF_THE_DATA] == []


def test_every_text_that_is_asked_for_is_there() -> None:
    assert sorted(set(ASKED.findall(sources())) - set(catalogue())) == []


def test_the_search_for_texts_finds_them() -> None:
    """Were nothing found, the two tests above could not fail."""
    assert len(set(ASKED.findall(sources()))) > 100
    assert "said.cut" in set(used())

"""Which language a caller is answered in: the best that it asks for and the catalogue has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.words.asked import language_of
from serving.words.catalogue import LANGUAGES

tags = st.sampled_from(["en", "de", "zh", "fr", "*", "de-AT", "zh-Hans-CN", "EN-us", "x", "", "de;q=0", "en;q=1.5"])
weights = st.sampled_from(["", ";q=0", ";q=0.5", "; q=0.001", ";q=1", ";Q=0.7", ";q=nan", ";q=-1", ";level=1"])


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("de", "de"),
        ("DE-at", "de"),
        ("zh-TW", "zh"),
        ("de-CH;q=0.3, zh;q=0.4", "zh"),
        ("zh;q=0.5, de;q=0.5", "zh"),  # of two wanted alike, the first
        ("fr-FR, fr;q=0.9, de;q=0.1", "de"),
        ("de;q=0, *;q=0.1", "en"),
        ("en;q=0, de;q=0, *", "zh"),
        ("de ; q=0.9 , zh", "zh"),
        ("de;q=high, zh;q=0.1", "zh"),  # what is no weight is no wish
        ("deu", "en"),
        (",,;;, =", "en"),
        ("de;q=0", "en"),
        ("en;q=0", "en"),  # nothing is left; an answer in some language is better than none
        ("x" * 10_000, "en"),
    ],
)
def test_the_language_of_a_header(header: str, language: str) -> None:
    assert language_of(header) == language


@pytest.mark.parametrize("header", ["", "*", "fr", "fr, *;q=0.5", "*;q=0"])
def test_who_asks_for_none_of_ours_gets_the_setting(header: str) -> None:
    assert language_of(header, "zh") == "zh"


@given(st.text(), st.sampled_from(LANGUAGES))
def test_any_header_gets_a_language(header: str, otherwise: str) -> None:
    assert language_of(header, otherwise) in LANGUAGES


@given(st.lists(st.builds(str.__add__, tags, weights)).map(",".join), st.sampled_from(LANGUAGES))
def test_a_language_that_is_refused_comes_only_where_nothing_else_is_wanted(header: str, otherwise: str) -> None:
    language = language_of(header, otherwise)
    wishes = [part.strip().lower() for part in header.split(",")]
    refused = f"{language};q=0" in wishes and not any(w.startswith(language) and w[-2:] != "=0" for w in wishes)
    assert not refused or language == otherwise

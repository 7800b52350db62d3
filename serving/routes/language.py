"""In which language a caller is answered: what ``Accept-Language`` asks for, else the setting."""

from typing import Annotated

from fastapi import Header

from serving.settings import Settings
from serving.words.asked import FIRST, language_of
from serving.words.catalogue import LANGUAGES

AcceptLanguage = Annotated[
    str | None,
    Header(
        alias="Accept-Language",
        description="The language of reasons, summaries and labels: en, de or zh (RFC 9110, with weights). Numbers, "
        "names and codes are the same in each. `Content-Language` says which it is.",
        examples=["de-AT, de;q=0.9, en;q=0.5"],
    ),
]
VARY = {"Vary": "Accept-Language"}
_SAID_IN = {language: VARY | {"Content-Language": language} for language in LANGUAGES}


def language_for(asked: str | None, settings: Settings) -> str:
    """The language for a caller who sent this ``Accept-Language``."""
    return language_of(asked or "", settings.language or FIRST)


def said_in(language: str) -> dict[str, str]:
    """The headers of an answer in a language."""
    return _SAID_IN[language]

"""Which language somebody wants: of ``Accept-Language`` (RFC 9110 12.5.4), the best that the catalogue has."""

import re
from functools import lru_cache

from serving.words.catalogue import LANGUAGES

FIRST = LANGUAGES[0]
_WISH = re.compile(r"(?P<name>\*|[a-z]{1,8})(?:-[a-z0-9]{1,8})*\s*(?:;\s*q\s*=\s*(?P<q>[01](?:\.\d{0,3})?))?")


@lru_cache(maxsize=256)
def language_of(header: str, otherwise: str = FIRST) -> str:
    """The language of the catalogue that a header asks for most; ``otherwise`` where it asks for none of them, or any.

    A region or a script does not matter, as the catalogue has one of each language; what is no wish is passed over.

    >>> [language_of(h) for h in ("de-AT,de;q=0.9,en;q=0.8", "fr, zh-Hans-CN;q=0.5", "fr", "", "en;q=0, de;q=0.1")]
    ['de', 'zh', 'en', 'en', 'de']
    >>> [language_of(h, "zh") for h in ("", "*", "fr", "zh;q=0, *", "de;q=0.5, *;q=0.1")]
    ['zh', 'zh', 'zh', 'en', 'de']
    """
    weights = _weights(header)
    any_other = weights.get("*", 0.0)
    wanted = {language: weights.get(language, any_other) for language in LANGUAGES}
    named = [*weights, otherwise, *LANGUAGES]  # of languages that are wanted alike, the one that is named first
    best = max(LANGUAGES, key=lambda language: (wanted[language], -named.index(language)))
    return best if wanted[best] else otherwise


def _weights(header: str) -> dict[str, float]:
    """How much each language is wanted, from 0 to 1, in the order of the header."""
    weights: dict[str, float] = {}
    for part in header.lower().split(","):
        wish = _WISH.fullmatch(part.strip())
        if wish:
            weight = min(1.0, float(wish["q"] or 1))
            weights[wish["name"]] = max(weights.get(wish["name"], 0.0), weight)
    return weights

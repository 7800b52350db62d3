"""Which language somebody wants: of ``Accept-Language`` (RFC 9110 12.5.4), the best that the catalogue has."""

from functools import lru_cache

from babel import negotiate_locale

from serving.words.catalogue import LANGUAGES

FIRST = LANGUAGES[0]


@lru_cache(maxsize=256)
def language_of(header: str) -> str:
    """The language of the catalogue that a header asks for most; English where it asks for none of them.

    >>> [language_of(h) for h in ("de-AT,de;q=0.9,en;q=0.8", "fr, zh-Hans-CN;q=0.5", "fr", "", "en;q=0, de;q=0.1")]
    ['de', 'zh', 'en', 'en', 'de']
    """
    wanted = sorted(filter(None, map(_weighed, header.split(","))), key=lambda w: -w[1])
    return negotiate_locale([name for name, _ in wanted], LANGUAGES, sep="-") or FIRST


def _weighed(part: str) -> tuple[str, float] | None:
    """One wish and its weight; None where it is none, or nothing to us."""
    name, *parameters = (word.strip() for word in part.split(";"))
    weight = next((p[2:] for p in parameters if p.lower().startswith("q=")), "1")
    try:
        q = float(weight)
    except ValueError:
        return None
    return (name, q) if name and name != "*" and q > 0 else None

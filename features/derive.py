"""Profile facts that are read out of others: the class of an address's domain, what a title says of its holder."""

import re
from collections.abc import Callable
from functools import lru_cache

# The largest providers of free mailboxes, by public market-share lists; an agreement can name more.
FREE_MAIL = frozenset(
    """gmail.com googlemail.com yahoo.com ymail.com rocketmail.com hotmail.com outlook.com live.com msn.com
    aol.com icloud.com me.com mac.com mail.com email.com protonmail.com proton.me pm.me gmx.de gmx.net gmx.com
    gmx.at gmx.ch web.de t-online.de freenet.de arcor.de mail.ru yandex.ru yandex.com bk.ru qq.com 163.com
    126.com sina.com sohu.com foxmail.com yeah.net naver.com daum.net hanmail.net libero.it virgilio.it
    orange.fr wanadoo.fr free.fr laposte.net sfr.fr yahoo.co.uk yahoo.co.jp yahoo.fr yahoo.de yahoo.co.in
    hotmail.co.uk hotmail.fr hotmail.de hotmail.it live.co.uk btinternet.com rediffmail.com uol.com.br
    bol.com.br terra.com.br seznam.cz wp.pl o2.pl interia.pl zoho.com fastmail.com tutanota.com hey.com
    cuvox.de jourrapide.com gustr.com""".split()
)

# Whole words in a title; the first line that matches wins. What only sounds senior comes before what is.
_SENIORITY = (
    ("junior", r"(?:executive|personal|office|team|ceo) assistant|assistant to|\w*assistent(?:in)?|junior|jr"),
    ("vice president", r"vp|svp|evp|avp|vice[ -]president|vizepräsident(?:in)?"),
    (
        "executive",
        r"chief(?! of staff)|c[etfimos]o|ciso|cro|(?:co-?)?founder(?!'s)|(?<!product )(?<!process )(?<!data )owner|"
        r"(?:managing|senior|founding|general) partner|^partner(?! \w)|president|managing director|"
        r"gf|gesch(?:ä|ae)fts(?:f(?:ü|ue)hr|leit)\w*|vorst(?:a|ä)nd\w*|inhaber(?:in)?|(?:mit)?gründer(?:in)?|präsident(?:in)?",
    ),
    ("manager", r"(?:team|projekt|gruppen|schicht|filial)[ -]?leit(?:er|erin|ung)"),
    ("director", r"director|head|chief of staff|direktor(?:in)?|\w*(?<!beg)leit(?:er|erin|ung)|prokurist(?:in)?"),
    ("manager", r"manager(?:in)?|(?:team)?lead(?! (?:gen|qual|nurtur|manag|research)\w*)|supervisor|principal"),
    (
        "junior",
        r"\w*student(?:in)?|intern|trainee|apprentice|assistant|praktikant(?:in)?|azubi|auszubildende[rn]?",
    ),
)
# What the holder of a title works on; the first line that matches wins, so that "marketing data analyst" is marketing.
_PERSONA = (
    ("marketing", r"market\w*|brand|growth|seo|demand gen\w*|content|campaign|cmo|public relations|werbung|media"),
    ("sales", r"sales|vertrieb\w*|account (?:executive|manager)|business development|cro|revenue|bdr|sdr|verkauf\w*"),
    ("finance", r"financ\w*|finanz\w*|account(?:ant|ing)|controll(?:er|ing)|cfo|treasur\w*|buchhalt\w*|audit\w*|tax"),
    ("people", r"hr|human resources?|people|recruit\w*|talent|personal(?:leit\w*|abteilung|wesen|referent\w*)|chro"),
    ("procurement", r"procure\w*|purchas\w*|buyer|einkauf\w*|einkäufer\w*|sourcing|vendor manag\w*"),
    ("legal", r"legal|counsel|lawyer|attorney|compliance|recht\w*|jurist\w*|privacy|datenschutz\w*"),
    (
        "it",
        r"it|information technology|cto|cio|ciso|software|developer|devops|engineer\w*|data|security|infrastructure|"
        r"system\w*|network\w*|architect|entwickl\w*|edv|informatik\w*|admin|administrator(?:in)?",
    ),
    ("product", r"product|produkt\w*|ux|design\w*|research\w*|r&d|forschung|scientist"),
    (
        "operations",
        r"operations?|coo|logisti\w*|supply chain|plant|production|produktion\w*|werk\w*|quality|qualität\w*|"
        r"facilit\w*|project|projekt\w*|customer (?:success|service|support)|support",
    ),
    (
        "general management",
        r"ceo|chief executive\w*|(?:co-?)?founder|owner|president|managing director|general manager|partner|gf|"
        r"gesch(?:ä|ae)fts(?:f(?:ü|ue)hr|leit)\w*|vorst(?:a|ä)nd\w*|inhaber(?:in)?|(?:mit)?gründer(?:in)?",
    ),
)
_PATTERNS = tuple((name, re.compile(rf"\b(?:{words})\b", re.IGNORECASE)) for name, words in _SENIORITY)
_PERSONAS = tuple((name, re.compile(rf"\b(?:{words})\b", re.IGNORECASE)) for name, words in _PERSONA)
_INITIAL = re.compile(r"\b(\w)\.")
_DOMAIN = re.compile(r"(?:[\w-]+\.)+[\w-]{2,}")

# Second-level names under a country's domain (``.ac.uk``, ``.gov.au``); the same words are whole domains in the USA.
_EDUCATION, _GOVERNMENT = frozenset({"edu", "ac"}), frozenset({"gov", "mil", "gob", "gouv"})

CLASSES = {
    "email_class": ("business", "education", "free", "government", "invalid"),
    "seniority": ("executive", "vice president", "director", "manager", "staff", "junior"),
    "persona": (*(name for name, _ in _PERSONA), "other"),
}


@lru_cache(maxsize=8)  # several facts and rules read the same lead's address; no more than that is kept
def email_domain(email: str) -> str | None:
    """The domain of a mail address, in lower case; None when the text is no address.

    >>> [email_domain(e) for e in ("Ada@Example.COM", "Ada Berg <ada@example.com>", "ada@home", "ada")]
    ['example.com', 'example.com', None, None]
    """
    address = email.strip().lower().rpartition("<")[2].rstrip(".>")
    name, _, domain = address.rpartition("@")
    proper = name and not re.search(r"[\s@]", name) and _DOMAIN.fullmatch(domain)
    return domain if proper else None


def email_class(email: str) -> str | None:
    """``free``, ``education``, ``government`` or ``business``; ``invalid`` when it is no address.

    >>> [email_class(e) for e in ("a@gmail.com", "b@mit.edu", "c@acme.example", "nobody")]
    ['free', 'education', 'business', 'invalid']
    """
    domain = email_domain(email)
    if domain is None:
        return "invalid"
    if domain in FREE_MAIL:
        return "free"
    labels = domain.split(".")
    kinds = {labels[-1], labels[-2]} if len(labels[-1]) == 2 else {labels[-1]}
    if kinds & _EDUCATION or any(label.startswith("uni-") for label in labels):
        return "education"
    return "government" if kinds & _GOVERNMENT else "business"


def seniority(title: str) -> str | None:
    """How senior a job title sounds: executive, vice president, director, manager, staff or junior.

    English and German titles; a title that names no rank is ``staff``.

    >>> [seniority(t) for t in ("Vice President Sales", "Head of IT", "Data Engineer", "Gründerin")]
    ['vice president', 'director', 'staff', 'executive']
    """
    return _first_match(title, _PATTERNS, "staff")


def persona(title: str) -> str | None:
    """What the holder of a job title works on: marketing, sales, finance, people, it, ..., else ``other``.

    English and German titles; an agreement whose personas are other ones gives its own words with ``matches``.

    >>> [persona(t) for t in ("VP Marketing", "Head of IT", "Einkaufsleiter", "Managing Director", "Beekeeper")]
    ['marketing', 'it', 'procurement', 'general management', 'other']
    """
    return _first_match(title, _PERSONAS, "other")


def account_of(email: str) -> str | None:
    """The company behind a mail address: its domain, but for free mailboxes.

    >>> account_of("kim@acme.example"), account_of("kim@gmail.com")
    ('acme.example', None)
    """
    domain = email_domain(email)
    return None if domain is None or domain in FREE_MAIL else domain


def _first_match(title: str, patterns: tuple[tuple[str, re.Pattern[str]], ...], otherwise: str) -> str:
    plain = _INITIAL.sub(r"\1", " ".join(title.split()))
    return next((name for name, pattern in patterns if pattern.search(plain)), otherwise)


DERIVATIONS: dict[str, Callable[[str], str | None]] = {
    "email_domain": email_domain,
    "email_class": email_class,
    "seniority": seniority,
    "persona": persona,
}

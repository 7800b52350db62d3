"""Profile facts that are read out of others: the class of an address's domain, the seniority in a title."""

import re
from collections.abc import Callable

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

# Whole words in a title, most senior first; the first line that matches wins.
_SENIORITY = (
    (
        "executive",
        r"chief|ceo|cto|cfo|cio|cmo|coo|cso|ciso|cro|founder|co-?founder|owner|partner|president|"
        r"managing director|geschäftsführer\w*|vorstand\w*|inhaber\w*|gründer\w*",
    ),
    ("vice president", r"vp|svp|evp|avp|vice president"),
    ("director", r"director|head|direktor\w*|leiter\w*|bereichsleiter\w*|abteilungsleiter\w*"),
    ("manager", r"manager\w*|lead|supervisor|team lead|teamleiter\w*|principal"),
    ("junior", r"student\w*|intern|trainee|apprentice|junior|assistant|praktikant\w*|werkstudent\w*|azubi"),
)
_VICE = re.compile(r"\bvice president\b", re.IGNORECASE)
_PATTERNS = tuple((name, re.compile(rf"\b(?:{words})\b", re.IGNORECASE)) for name, words in _SENIORITY)


def email_domain(email: str) -> str | None:
    """The part after the last ``@``, in lower case; None when there is none.

    >>> email_domain("Ada@Example.COM")
    'example.com'
    """
    name, at, domain = email.strip().lower().rpartition("@")
    return domain if at and name and "." in domain else None


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
    if domain.endswith(".edu") or ".edu." in domain or ".ac." in domain:
        return "education"
    if domain.endswith(".gov") or ".gov." in domain:
        return "government"
    return "business"


def seniority(title: str) -> str | None:
    """How senior a job title sounds: executive, vice president, director, manager, staff or junior.

    English and German titles; a title that names no rank is ``staff``.

    >>> [seniority(t) for t in ("Vice President Sales", "Head of IT", "Data Engineer", "Gründerin")]
    ['vice president', 'director', 'staff', 'executive']
    """
    if _VICE.search(title):
        return "vice president"
    return next((name for name, pattern in _PATTERNS if pattern.search(title)), "staff")


DERIVATIONS: dict[str, Callable[[str], str | None]] = {
    "email_domain": email_domain,
    "email_class": email_class,
    "seniority": seniority,
}

"""Whom an ID token is of, and the role that its claims give (OpenID Connect Core 1.0, 3.1.3.7)."""

from collections.abc import Callable, Mapping
from typing import Any

from joserfc import errors, jwt
from joserfc.jwk import KeySet

from features.moments import SECOND
from serving.signin.refusals import NoRole, NotVouched
from serving.signin.sessions import Person
from serving.signin.settings import OpenId
from serving.signin.visitor import ROLES, Role

# No "none", and nothing that is signed with a shared secret: a public key could be taken for one.
ALGORITHMS = tuple(f"{kind}{size}" for kind in ("RS", "PS", "ES") for size in (256, 384, 512))
LEEWAY = 60  # seconds by which clocks may differ
_ANY = "*"
BY_PROVIDER = "oidc:"

KeySets = Callable[..., Mapping[str, Any]]


def vouched(token: str, keys: KeySets, settings: OpenId, nonce: str, now: int) -> Person:
    """Whom a token vouches for; ``keys``: gives the provider's, and with ``anew=True`` asks for them once more.

    Raises NotVouched for a token that is not the provider's, not for us, not for this sign-in, or too old; NoRole for
    people who have none here.
    """
    claims = _verified(token, keys, settings, nonce, now)
    if settings.domains:
        _refuse_others(claims, settings.domains)
    return Person(_name(claims), _role(claims, settings), BY_PROVIDER + claims["sub"])


def _verified(token: str, keys: KeySets, settings: OpenId, nonce: str, now: int) -> dict[str, Any]:
    wanted: dict[str, Any] = {
        "iss": {"essential": True, "value": settings.issuer},
        "aud": {"essential": True, "value": settings.client_id},
        "exp": {"essential": True},
        "iat": {"essential": True},
        "sub": {"essential": True},
        "nonce": {"essential": True, "value": nonce},
    }
    try:
        claims: dict[str, Any] = _decoded(token, keys).claims
        jwt.JWTClaimsRegistry(now=now // SECOND, leeway=LEEWAY, **wanted).validate(claims)
    except (errors.JoseError, ValueError, TypeError, KeyError) as error:
        raise NotVouched("the ID token does not hold", got=type(error).__name__) from None
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if several else settings.client_id) != settings.client_id:
        raise NotVouched("the ID token is for somebody else", got="azp")
    sub = claims["sub"]
    if not isinstance(sub, str) or not 0 < len(sub) <= 255 or not (sub.isascii() and sub.isprintable()):
        raise NotVouched("the ID token names nobody", got="sub")
    return claims


def _decoded(token: str, keys: KeySets) -> Any:
    """The token, its signature verified; by keys that are asked for anew where the known ones do not fit."""
    try:
        return jwt.decode(token, KeySet.import_key_set(dict(keys())), algorithms=ALGORITHMS)  # type: ignore[arg-type]
    except (errors.JoseError, ValueError):
        return jwt.decode(token, KeySet.import_key_set(dict(keys(anew=True))), algorithms=ALGORITHMS)  # type: ignore[arg-type]


def _refuse_others(claims: Mapping[str, Any], domains: tuple[str, ...]) -> None:
    """Only a verified address counts: at some providers people may write what they like into the other."""
    address = str(claims.get("email", "")).lower()
    if claims.get("email_verified") not in (True, "true"):
        raise NoRole("the provider has not verified an e-mail address", allowed=", ".join(domains))
    if address.rpartition("@")[2] not in {domain.lower() for domain in domains}:
        raise NoRole("people with this e-mail address do not sign in here", allowed=", ".join(domains))


def _role(claims: Mapping[str, Any], settings: OpenId) -> Role:
    """The highest role that the claim gives."""
    if not settings.roles:
        return "rep"
    told = claims.get(settings.role_claim, [])
    values = {str(value) for value in (told if isinstance(told, list) else [told])} | {_ANY}
    given = {role for value, role in settings.roles if value in values}
    if not given:
        raise NoRole("the provider gives you no role here", where=settings.role_claim)
    return max(given, key=ROLES.index)


def _name(claims: Mapping[str, Any]) -> str:
    """As people know it."""
    told = (claims.get(name) for name in ("name", "preferred_username", "email", "sub"))
    said = next(text for text in told if isinstance(text, str) and text.strip())
    return "".join(sign for sign in said if sign.isprintable()).strip()[:200] or "?"

"""How people sign in, in one frozen object."""

from collections.abc import Iterable
from urllib.parse import urlsplit

import msgspec

from features.errors import ConfigError, nearest
from serving.signin.origins import is_loopback_name
from serving.signin.visitor import ROLES, Role

HOUR = 3_600


class OpenId(msgspec.Struct, frozen=True, kw_only=True):
    """An OpenID Connect provider that vouches for people.

    issuer: its address, exactly as it names itself; client_id, client_secret: what it knows us by; without a secret we
    are a public client, which PKCE protects alone
    role_claim: the claim of the ID token that gives the role (a text or a list); roles: (value, role) pairs, ``*`` for
    any value; without roles everybody whom the provider vouches for is a rep
    domains: of verified e-mail addresses; none: any address, or none at all
    Raises ConfigError for an issuer without https, and where roles and domains are both missing: anybody with an
    account at a public provider would be let in.
    """

    issuer: str
    client_id: str
    client_secret: str = ""
    role_claim: str = "roles"
    roles: tuple[tuple[str, Role], ...] = ()
    domains: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not is_safe(self.issuer):
            allowed = "https://..., or http:// on this machine"
            raise ConfigError("not the address of a provider", where="--oidc-issuer", got=self.issuer, allowed=allowed)
        if not self.client_id:
            do = "register leadscore at the provider and give --oidc-client-id"
            raise ConfigError("the provider knows us by a client id", where="--oidc-client-id", got="nothing", do=do)
        if not self.roles and not self.domains:
            do = "give --oidc-domain acme.example, or --oidc-role VALUE=ROLE"
            raise ConfigError("everybody with an account at the provider would be let in", where="--oidc-issuer", do=do)


class SignInSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How people sign in.

    asked: also on loopback, where otherwise whoever sits at the machine is admin
    idle: seconds without a request after which a session ends; longest: seconds after which it ends in any case
    attempts: of signing in by a key, a minute and address
    """

    asked: bool = False
    idle: int = 4 * HOUR
    longest: int = 12 * HOUR
    attempts: int = 10
    openid: OpenId | None = None


def is_safe(address: str) -> bool:
    """Whether nobody on the way can change what an address says.

    >>> [is_safe(a) for a in ("https://login.example/acme", "http://127.0.0.1:9/x", "http://login.example", "login")]
    [True, True, False, False]
    """
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback_name(host)))


def roles_of(said: Iterable[str]) -> tuple[tuple[str, Role], ...]:
    """What ``VALUE=ROLE`` says; raises ConfigError.

    >>> roles_of(["sales=rep", "sales-heads=manager"])
    (('sales', 'rep'), ('sales-heads', 'manager'))
    """
    found = []
    for text in said:
        value, _, role = text.rpartition("=")
        if not value or role not in ROLES:
            allowed = f"VALUE=ROLE, with a role of {', '.join(ROLES)}"
            do = nearest(role, ROLES)
            raise ConfigError("not a value with its role", where="--oidc-role", got=text, allowed=allowed, do=do)
        found.append((value, role))
    return tuple(found)

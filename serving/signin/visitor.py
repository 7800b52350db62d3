"""A person who looks at pages: who it is, and what the role allows."""

from collections.abc import Collection
from typing import Literal, NamedTuple

from serving.access.caller import ALL, Caller, with_implied

Role = Literal["rep", "manager", "admin"]
ROLES: tuple[Role, ...] = ("rep", "manager", "admin")
SCOPES: dict[Role, frozenset[str]] = {
    "rep": frozenset({"read", "act"}),
    "manager": with_implied(frozenset({"manage"})),
    "admin": ALL,
}


def role_of(scopes: Collection[str]) -> Role | None:
    """The highest role that the scopes of a key open, each of which is there; None: no page.

    >>> role_of({"read", "act", "score"}), role_of({"manage"}), role_of({"admin"}), role_of({"read"})
    ('rep', 'manager', 'admin', None)
    """
    held = with_implied(frozenset(scopes))
    return next((role for role in reversed(ROLES) if SCOPES[role] <= held), None)


class Visitor(NamedTuple):
    """Whoever looks.

    name: as acts are signed
    by: who it is, the same at every sign-in, as it is written beside acts in the audit (a key's id, ``oidc:SUBJECT``,
    ``link:NAME``, ``cli:USER``)
    role: a rep reads everything and works leads; a manager also signs and adopts agreements; an admin also promotes
    models and looks after keys
    csrf: what every form of this visitor must carry
    lead: the only lead that a link opens, and program: the program of it; None: all
    link: what the card's addresses (``?link=``) and forms (hidden field ``link``) carry for who came by one, else empty
    session: the id of the session of who has signed in, else empty
    """

    name: str
    by: str
    role: Role
    csrf: str
    lead: str | None = None
    program: str | None = None
    link: str = ""
    session: str = ""

    def may(self, role: Role) -> bool:
        """Whether this visitor has a role or a higher one; who holds a link works one lead and nothing else.

        >>> Visitor("Kim", "cli:kim", "manager", "").may("rep"), Visitor("Kim", "cli:kim", "rep", "").may("admin")
        (True, False)
        """
        return ROLES.index(self.role) >= ROLES.index(role)

    def may_see(self, lead_id: str) -> bool:
        """Whether this visitor may see a lead."""
        return self.lead is None or self.lead == lead_id

    @property
    def caller(self) -> Caller:
        """The visitor as acts and the audit know callers."""
        return Caller(self.by, self.name, SCOPES[self.role])

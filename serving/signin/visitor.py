"""A person who looks at pages: who it is, and what the role allows."""

from typing import Literal, NamedTuple

from serving.access.caller import ALL, Caller

Role = Literal["rep", "manager", "admin"]
ROLES: tuple[Role, ...] = ("rep", "manager", "admin")
_SCOPES: dict[Role, frozenset[str]] = {
    "rep": frozenset({"read", "act"}),
    "manager": frozenset({"score", "read", "act"}),
    "admin": ALL,
}


class Visitor(NamedTuple):
    """Whoever looks.

    name: as acts are signed; by: what is written beside acts in the audit (``session:ID``, ``link:ID``, ``cli:USER``)
    role: a rep reads everything and works leads; a manager also signs and adopts agreements; an admin also promotes
    models and looks after keys
    csrf: what every form of this visitor must carry
    lead: the only lead that a link opens, and program: the program of it; None: all
    link: that link's token, which every form and address of the card must carry; empty without one
    """

    name: str
    by: str
    role: Role
    csrf: str
    lead: str | None = None
    program: str | None = None
    link: str = ""

    def may(self, role: Role) -> bool:
        """Whether this visitor has a role or a higher one; who holds a link works one lead and nothing else.

        >>> Visitor("Kim", "session:1", "manager", "").may("rep"), Visitor("Kim", "session:1", "rep", "").may("admin")
        (True, False)
        """
        return ROLES.index(self.role) >= ROLES.index(role)

    def may_see(self, lead_id: str) -> bool:
        """Whether this visitor may see a lead."""
        return self.lead is None or self.lead == lead_id

    @property
    def caller(self) -> Caller:
        """The visitor as acts and the audit know callers."""
        return Caller(self.by, self.name, _SCOPES[self.role])

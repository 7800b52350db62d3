"""What can go wrong with a CRM.

LeadscoreError
└── CrmError            nothing more is sent for now
    ├── Throttled           the CRM asks to wait
    ├── Unreachable         no answer, or none that can be understood: what was sent may have arrived
    ├── Unauthorized        the credentials are not taken, or may not do this
    ├── RequestRefused      what is asked for is wrong for every lead: the mapping is to be mended
    └── BatchRefused        these records together; fewer may pass
"""

from features.errors import LeadscoreError


class CrmError(LeadscoreError):
    """Nothing more is sent for now; ``asked``: microseconds that the CRM asks to wait."""

    def __init__(
        self, what: str, *, where: str = "", got: str = "", allowed: str = "", do: str = "", asked: int = 0
    ) -> None:
        super().__init__(what, where=where, got=got, allowed=allowed, do=do)
        self.asked = asked

    @property
    def told(self) -> str:
        """In one line, for people; it may hold what the CRM says of a record, so that no log may have it."""
        return f"{self.what}: {self.got}" if self.got else self.what


class Throttled(CrmError):
    """The CRM asks to wait."""


class Unreachable(CrmError):
    """No answer, or none that can be understood: what was sent may have arrived."""


class Unauthorized(CrmError):
    """The credentials are not taken, or may not do this."""


class RequestRefused(CrmError):
    """What is asked for is wrong for every lead."""


class BatchRefused(CrmError):
    """These records together; fewer may pass. ``missing``: one that is refused alone is not there."""

    def __init__(self, what: str, *, where: str = "", got: str = "", missing: bool = False) -> None:
        super().__init__(what, where=where, got=got)
        self.missing = missing

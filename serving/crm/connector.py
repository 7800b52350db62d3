"""What a connector is: it takes records of leads to one CRM, and says what became of each."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

from serving.crm.errors import CrmError

Value = float | int | str | None
State = Literal["sent", "retry", "missing", "failed"]


class Record(NamedTuple):
    """What a CRM is to hold of one lead.

    key: finds it there; values: by the CRM's own names, None where nothing is known
    """

    lead_id: str
    key: str
    values: Mapping[str, Value]


class Outcome(NamedTuple):
    """What became of a record: taken, to be tried again, not found there, or refused; ``error`` in the CRM's words."""

    state: State
    error: str = ""


class Answer(NamedTuple):
    """What became of records, by lead; ``fault``: why nothing is known of the others."""

    outcomes: Mapping[str, Outcome]
    fault: CrmError | None = None


class Request(NamedTuple):
    """A request as it is sent, without credentials, to be shown."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: str


class Connector(Protocol):
    """A CRM that records can be sent to.

    most: records in one call of ``send``; pause: microseconds that the CRM's last headers ask to wait before the next
    """

    most: int

    def send(self, records: Sequence[Record]) -> Answer:
        """Send records of different keys, at most ``most``; raises BatchRefused where fewer may pass."""
        ...

    def shown(self, records: Sequence[Record]) -> Request:
        """What ``send`` would ask."""
        ...

    def check(self) -> Sequence[str]:
        """Try the credentials; the CRM's names of the properties that can be written. Raises CrmError."""
        ...

    @property
    def pause(self) -> int:
        """Microseconds that the CRM's last answer asks to wait before the next request; 0: none."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...

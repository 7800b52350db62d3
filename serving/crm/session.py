"""Requests with credentials, and what every CRM means by a status. Who is refused is let in anew, once."""

from collections.abc import Mapping
from typing import Protocol

from features.moments import now
from serving.crm.errors import BatchRefused, CrmError, RequestRefused, Throttled, Unauthorized, Unreachable
from serving.crm.line import Line, Response
from serving.webhooks.schedule import asked_wait

_FIXED = {"User-Agent": "leadscore-crm/1", "Accept": "application/json"}
_TOO_LARGE = (413, 414, 431)
JSON = {"Content-Type": "application/json"}


class Bearer(Protocol):
    """What lets us in."""

    def header(self) -> str:
        """The header ``Authorization``; raises CrmError."""
        ...

    def renew(self) -> bool:
        """Forget what was refused; whether there may be something else."""
        ...

    @property
    def address(self) -> str:
        """Where the CRM says that it is to be asked; empty: where the file says."""
        ...


class Session:
    """A line to a CRM that is let in."""

    def __init__(self, line: Line, bearer: Bearer) -> None:
        self._line, self._bearer = line, bearer

    def ask(
        self, method: str, path: str, headers: Mapping[str, str], content: bytes | None = None, own: int = 0
    ) -> Response:
        """Ask; raises CrmError where the status means the same to every CRM. Other refusals are answers.

        own: a status that means something of its own to this one
        """
        answer = self._asked(method, path, headers, content)
        if answer.status == 401 and self._bearer.renew():
            answer = self._asked(method, path, headers, content)
        if answer.status != own and (fault := fault_of(answer)):
            raise fault
        return answer

    def _asked(self, method: str, path: str, headers: Mapping[str, str], content: bytes | None) -> Response:
        let_in = {**_FIXED, **headers, "Authorization": self._bearer.header()}
        return self._line.ask(method, f"{self._bearer.address}{path}", let_in, content)

    def close(self) -> None:
        """Close the line."""
        self._line.close()


def fault_of(answer: Response) -> CrmError | None:
    """What a status means whoever answers it."""
    status = answer.status
    asked = asked_wait(answer.headers.get("Retry-After", ""), now())
    if status == 429 or (status < 500 and asked and status >= 400):
        return Throttled("the CRM asks to wait", got=f"status {status}", asked=asked)
    if status in _TOO_LARGE:
        return BatchRefused("too much for one request", got=f"status {status}")
    if status == 401:
        do = "see that the credentials are those of an app that is switched on"
        return Unauthorized("the CRM does not take the credentials", got="status 401", do=do)
    if 300 <= status < 400:
        do = "give the address where it answers itself"
        return RequestRefused("the CRM leads elsewhere, and is not followed", got=f"status {status}", do=do)
    if status >= 500 or status == 408:
        return Unreachable("the CRM cannot answer now", got=f"status {status}", asked=asked)
    return None

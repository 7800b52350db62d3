"""What is asked of the list: the filters of its form, which are those of its address, so that a list can be sent on."""

from collections.abc import Mapping
from typing import Any, NamedTuple, get_args
from urllib.parse import urlencode

from serving.leads.listing import Disagreement, Filters
from serving.process.clock import State
from serving.programs.service import LEADS

NOBODY = "-"  # as ``assigned``: leads that nobody has taken
MOST = 200  # characters of a value
_ONE_OF: dict[str, tuple[str, ...]] = {"sla": get_args(State), "disagreement": get_args(Disagreement), "closed": ("1",)}


class Asked(NamedTuple):
    """The fields of the form; empty: any. ``query``: what is looked up, instead of a list."""

    program: str = ""
    stage: str = ""
    owner: str = ""
    assigned: str = ""
    persona: str = ""
    phase: str = ""
    quadrant: str = ""
    grade: str = ""
    sla: str = ""
    waiting: str = ""
    disagreement: str = ""
    closed: str = ""
    query: str = ""

    @property
    def filters(self) -> Filters:
        """As the list of the store takes them."""
        given: dict[str, Any] = {
            name: getattr(self, name) or None
            for name in ("stage", "owner", "persona", "phase", "quadrant", "grade", "sla", "disagreement")
        }
        assigned = "" if self.assigned == NOBODY else self.assigned or None
        return Filters(
            program=self.program or LEADS,
            assigned_to=assigned,
            waiting_for=self.waiting or None,
            closed=bool(self.closed),
            **given,
        )

    @property
    def given(self) -> dict[str, str]:
        """The filters that are set, but for the program."""
        return {name: value for name, value in self._asdict().items() if value and name not in ("program", "query")}

    @property
    def cleared(self) -> "Asked":
        """Without any filter, in the same program."""
        return Asked(program=self.program)

    def page(self, cursor: str) -> str:
        """The address of a later page."""
        return "/?" + urlencode({name: value for name, value in self._asdict().items() if value} | {"cursor": cursor})

    def address(self) -> str:
        """Of the first page of the list.

        >>> Asked(stage="MQL", sla="due")._replace(sla="", owner="A & B").address()
        '/?stage=MQL&owner=A+%26+B'
        """
        fields = {name: value for name, value in self._asdict().items() if value}
        return "/?" + urlencode(fields) if fields else "/"


def asked(query: Mapping[str, str]) -> Asked:
    """What an address asks for; a value that no filter can have is as if it were not there.

    >>> asked({"stage": " MQL ", "sla": "soon", "cursor": "x"})
    Asked(program='', stage='MQL', owner='', assigned='', persona='', phase='', quadrant='', grade='', sla='', \
waiting='', disagreement='', closed='', query='')
    """
    told = {name: _plain(query.get(name, "")) for name in Asked._fields}
    return Asked(**{name: value for name, value in told.items() if value in _ONE_OF.get(name, (value,))})


def _plain(value: str) -> str:
    """Without what no database holds in a text."""
    return value.replace("\0", "").strip()[:MOST]

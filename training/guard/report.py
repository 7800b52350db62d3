"""What the guard saw and what was answered: kept with the model."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from features.errors import LeakageError

ROW_ORDER = "row order"  # what a configuration calls the order of the table's rows
DO = (
    "list each under 'knows_future' (it is then never read), under 'ignore' if it is no fact about a lead, or under "
    "'known_from' with the reason why it may be read (of ids and the row order: why they do no harm)"
)


class Suspicion(NamedTuple):
    """A column, or fact, with what was seen, in words; ``answer``: the reason given in the configuration, or empty."""

    column: str
    seen: tuple[str, ...]
    answer: str = ""


class GuardReport(NamedTuple):
    """What the guard looked at and saw.

    suspicions: columns that look as if they know the future, or as clocks; in the order of the table
    never_read: columns that the configuration says know the future, each with its reason
    answers: what the configuration says of columns that may be read, suspected or not
    looked_at: the columns and facts; leads: how many training leads they were held against, later_leads: of whom only
    the columns were read
    """

    suspicions: tuple[Suspicion, ...]
    never_read: Mapping[str, str]
    answers: Mapping[str, str]
    looked_at: tuple[str, ...]
    leads: int
    later_leads: int

    @property
    def unanswered(self) -> dict[str, str]:
        """What was seen of each column that the configuration does not answer for."""
        return {s.column: "; ".join(s.seen) for s in self.suspicions if not s.answer}

    def refuse(self) -> None:
        """Raise LeakageError that names every column that is not answered for."""
        if self.unanswered:
            raise LeakageError(self.unanswered, do=DO)

    def plain(self) -> dict[str, Any]:
        """The report as JSON has it."""
        return {
            **self._asdict(),
            "suspicions": [s._asdict() | {"seen": list(s.seen)} for s in self.suspicions],
            "never_read": dict(self.never_read),
            "answers": dict(self.answers),
            "looked_at": list(self.looked_at),
        }

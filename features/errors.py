"""What can go wrong, said so that the reader can mend it.

    LeadscoreError
    ├── AgreementError      the agreement file does not hold together
    ├── ConfigError         the training configuration does not
    ├── DataError           a table, a column or a row cannot be read as meant
    │   └── LeakageError    columns know the future, or seem to
    ├── LeadError           one lead cannot be scored as it was sent
    ├── ScorecardError      a scorecard is damaged, or of another schema
    └── RegistryError       runs and versions cannot be written or read

HTTP codes appear only in the routes of ``serving`` and in ``serving.problems``, exit codes only in ``serving.cli``.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class LeadscoreError(Exception):
    """An error with its five parts: what, where, got, allowed, and what to do."""

    def __init__(self, what: str, *, where: str = "", got: str = "", allowed: str = "", do: str = "") -> None:
        self.what, self.where, self.got, self.allowed, self.do = what, where, got, allowed, do
        super().__init__(what)

    def __str__(self) -> str:
        named = (("where", self.where), ("got", self.got), ("allowed", self.allowed), ("do", self.do))
        return "\n".join([self.what, *(f"  {name}: {text}" for name, text in named if text)])

    def parts(self) -> dict[str, str]:
        """The five parts by name, for an answer in JSON."""
        return {k: getattr(self, k) for k in ("what", "where", "got", "allowed", "do")}


class AgreementError(LeadscoreError):
    """The agreement file does not hold together."""


class ConfigError(LeadscoreError):
    """The training configuration does not hold together."""


class DataError(LeadscoreError):
    """A table, a column or a row cannot be read as meant."""


class LeakageError(DataError):
    """Columns know the future, or seem to; ``columns`` maps each to what was seen."""

    def __init__(self, columns: dict[str, str], *, do: str) -> None:
        self.columns = columns
        lines = "".join(f"\n    {name}: {seen}" for name, seen in columns.items())
        super().__init__(f"{len(columns)} column(s) look as if they know the future:{lines}", do=do)


class LeadError(LeadscoreError):
    """One lead cannot be scored as it was sent."""


class ScorecardError(LeadscoreError):
    """A scorecard is damaged, or of another schema."""


class RegistryError(LeadscoreError):
    """Runs and versions cannot be written or read."""


def nearest(name: str, allowed: Iterable[str]) -> str:
    """Say the valid name nearest to ``name``, or list the valid ones where none is near.

    >>> nearest("treshold", ["threshold", "owner"])
    "did you mean 'threshold'?"
    >>> nearest("mql", ["MQL", "SAL"])
    "did you mean 'MQL'?"
    """
    names = sorted(allowed)
    folded = {n.casefold(): n for n in reversed(names)}
    near = get_close_matches(name, names, n=1) or get_close_matches(name.casefold(), folded, n=1)
    return f"did you mean '{folded.get(near[0], near[0])}'?" if near else f"one of: {', '.join(names)}"

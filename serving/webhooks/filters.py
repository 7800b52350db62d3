"""Which leads an endpoint wants to hear of."""

from typing import Annotated, Any

from pydantic import Field

from serving.fields import Strict, Words

Names = Annotated[list[Words], Field(max_length=100)]


class Filters(Strict):
    """Every filter given must match what the message says of the lead; an empty list lets all pass."""

    programs: Names = Field(default=[])
    stages: Names = Field(default=[])
    owners: Names = Field(default=[])
    personas: Names = Field(default=[])
    min_score: float | None = None

    def match(self, program: str, data: dict[str, Any]) -> bool:
        """Whether a message of this program, with ``stage``, ``owner``, ``persona`` and ``score`` in its data, passes.

        >>> Filters(stages=["MQL"], min_score=40).match("leads", {"stage": "MQL", "score": 63.4})
        True
        """
        named = (
            (self.programs, program),
            (self.stages, data.get("stage")),
            (self.owners, data.get("owner")),
            (self.personas, data.get("persona")),
        )
        return all(value in wanted for wanted, value in named if wanted) and self._reached(data.get("score"))

    def _reached(self, score: float | None) -> bool:
        return self.min_score is None or (score is not None and score >= self.min_score)

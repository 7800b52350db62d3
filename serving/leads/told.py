"""A stored lead's standing in words, as flat fields that low-code callers can map."""

from typing import Any

from serving.leads.announcing import REASONS, present
from serving.leads.assess import Assessed
from serving.leads.standing import Standing
from serving.process.moves import placed
from serving.programs.service import InService

_FLAT = ("stage_next", "points_to_next", "missing_for_next", "fast_track", "summary", *REASONS)
_OF_SCORE = ("interval_low", "interval_high", "horizon_days")


def told(service: InService, assessed: Assessed, language: str = "") -> dict[str, Any]:
    """The lead after an act; texts are empty and numbers null where it cannot be scored.

    language: of the texts; without it, that of the service
    """
    if assessed.judged is None:
        return told_of_stored(assessed.standing)
    judged, after = assessed.judged, assessed.standing
    scorer = (assessed.by or service).scorer.speaking(language or service.scorer.language)
    answer = scorer.told(judged._replace(decision=placed(judged.decision, after.stage)), with_moves=False)
    return present(after) | {name: answer[name] for name in (*_FLAT, *_OF_SCORE)}


def told_of_stored(standing: Standing) -> dict[str, Any]:
    """The same where nothing was judged: the standing as it is stored, without words."""
    return present(standing) | dict.fromkeys(_FLAT, "") | dict.fromkeys(_OF_SCORE) | {"points_to_next": None}

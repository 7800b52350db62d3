"""What serves, since when, and what was refused: the content of ``/v1/model``."""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from features.moments import iso
from serving.programs.following import last_look
from serving.programs.registering import Served, served
from serving.programs.service import LEADS, InService
from serving.service import Service
from serving.store.database import StoreUnavailable

_NO_LOOK = dict.fromkeys(("looked_at", "registry", "champion", "error", "failing_since"), "")


def about(service: Service) -> dict[str, Any]:
    """Every program, that of leads at the top level as well; told also while the store does not answer."""
    refused = service.programs.refused()
    programs = [_about(service, one, refused.pop(one.program, "")) for one in service.programs.all()]
    leads = next(one for one in programs if one["program"] == LEADS)
    waiting = [{"program": name, "refused": why} for name, why in refused.items()]
    return leads | {"programs": programs, "waiting": waiting}


def _about(service: Service, one: InService, refused: str) -> dict[str, Any]:
    card = one.card
    since, previous = _times(_served(service, one.program), one.checksum)
    look = last_look(service.settings.home, one.program)
    return {
        "program": one.program,
        "model": card.name,
        "model_version": card.model_version,
        "checksum": one.checksum,
        "agreement": card.agreement.agreement,
        "agreement_version": card.agreement.version,
        "agreement_hash": card.agreement_hash,
        "weight_of_history": card.weight_of_history,
        "leads_learned_from": card.history.leads if card.history else 0,
        "trained_at": card.history.trained_at if card.history else "",
        "facts": [f.name for f in card.features],
        "serving_since": since,
        "previous_version": previous,
        "refused": refused,
        "registry": _NO_LOOK if look is None else {name: getattr(look, name) for name in _NO_LOOK},
    }


def _served(service: Service, program: str) -> list[Served]:
    with suppress(StoreUnavailable):
        return service.store.read(partial(served, program=program, most=2))
    return []


def _times(found: Sequence[Served], checksum: str) -> tuple[str, str]:
    """Since when it serves, and the version before it; empty where that is not known."""
    if not found or found[0].checksum != checksum:
        return "", ""
    return iso(found[0].since), found[1].model_version if len(found) > 1 else ""

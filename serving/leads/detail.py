"""One stored lead, with all that is known of it: its score explained, its stages, its clock, what it did."""

from typing import Any

import orjson
from sqlalchemy import Connection, select

from features.errors import LeadError
from features.moments import iso
from serving.leads.acts import no_such_lead
from serving.leads.announcing import present
from serving.leads.assess import Assessed, stage_for
from serving.leads.facts import lead_at, profile_at
from serving.leads.record import Record, find
from serving.leads.replay import as_scored
from serving.leads.standing import Standing, standing_in
from serving.leads.told import told_of_stored
from serving.process.moves import Moved, placed
from serving.programs.service import InService
from serving.scorer import Judged
from serving.store.schema import events, stage_changes
from serving.words.words import Words, words_of

MOST_EVENTS = 100
_NOT_SCORED: dict[str, Any] = {
    **dict.fromkeys(("as_of", "model", "model_version", "agreement_version", "agreement_hash"), ""),
    **dict.fromkeys(("base", "weight_of_history")),
    "terms": [],
    "stages": [],
}


def detail(connection: Connection, service: InService, lead_id: str, now: int, language: str = "") -> dict[str, Any]:
    """The lead as of its last score (``as_of``): the answer of ``POST /v1/score``, and beside it where it stands.

    language: of the texts; without it, that of the service. Raises NoSuchLead.
    """
    record = find(connection, lead_id)
    standing = standing_in(connection, lead_id, service.program) if record else None
    if record is None or standing is None:
        raise no_such_lead(lead_id, service.program)
    at = standing.scored_at if standing.scored_at is not None else now
    judged = _judged(connection, service, record, standing, at)
    language = language or service.scorer.language
    told, words = _told(connection, service, record, standing, judged, language), words_of(language)
    return {
        **told,
        **present(standing),
        "created_at": iso(record.created_at),
        "account": record.account or "",
        "profile": profile_at(connection, lead_id, at),
        **_next(told, words),
        "actions": _actions(service, standing, judged, words),
        "content": _content(service, standing, judged),
        "history": history(connection, lead_id, service.program),
        "timeline": timeline(connection, lead_id, MOST_EVENTS),
    }


def as_it_stands(connection: Connection, service: InService, standing: Standing) -> Assessed:
    """A lead to which nothing was done now, judged as of its last score, so that it can be told in words."""
    record = find(connection, standing.lead_id)
    if record is None or standing.scored_at is None:
        return Assessed(standing, None)
    by = as_scored(connection, service, standing)
    return Assessed(standing, _judged(connection, by, record, standing, standing.scored_at), by=by)


def _told(
    connection: Connection,
    service: InService,
    record: Record,
    standing: Standing,
    judged: Judged | None,
    language: str,
) -> dict[str, Any]:
    """The stored score in words; ``judged``: the lead by what serves now, which may not have scored it yet."""
    by = as_scored(connection, service, standing)
    if by is not service and standing.scored_at is not None:
        judged = _judged(connection, by, record, standing, standing.scored_at)
    if judged is None:
        return _NOT_SCORED | told_of_stored(standing)
    return by.scorer.speaking(language).told(judged._replace(decision=placed(judged.decision, standing.stage)))


def _judged(connection: Connection, service: InService, record: Record, standing: Standing, at: int) -> Judged | None:
    try:
        lead = lead_at(connection, record, service.needs, service.program, at)
        return service.scorer.judge(lead, at, stage_for(service, standing))
    except LeadError:
        return None


def _next(told: dict[str, Any], words: Words) -> dict[str, list[str]]:
    """What the next stage lacks: the fields, where nothing but one is missing, and the smallest changes."""
    after = next((s for s in told.get("stages", ()) if s["stage"] == told.get("stage_next")), None)
    if after is None:
        return {"one_field_short": [], "suggestions": []}
    short = after["missing"] if len(after["missing"]) == 1 and after["points_short"] == 0 else []
    known = [words("said.learn", field=field) for field in after["missing"]]
    return {"one_field_short": short, "suggestions": known + [move["text"] for move in after["moves"]]}


def _actions(service: InService, standing: Standing, judged: Judged | None, words: Words) -> list[dict[str, Any]]:
    """What a person may do, where it leads, and why it may not be done."""
    offers = service.process.offers(standing.place, judged.decision if judged else None)
    reasons = service.agreement.process.reasons
    return [
        {
            "action": name,
            "allowed": isinstance(offer, Moved),
            "to": offer.to if isinstance(offer, Moved) else "",
            "because": "" if isinstance(offer, Moved) else offer.said(words),
            "reasons": list(getattr(reasons, name, ())),
        }
        for name, offer in offers.items()
    ]


def _content(service: InService, standing: Standing, judged: Judged | None) -> list[dict[str, str]]:
    """What the agreement offers to the lead's persona and phase."""
    if judged is None:
        return []
    state = judged.state
    segment = service.segments.of(state.lead, state.known, state.as_of, standing.stage)
    return [{"title": c.title, "url": c.url, "why": c.why} for c in segment.content]


def history(connection: Connection, lead_id: str, program: str) -> list[dict[str, Any]]:
    """Every stage change of a lead in a program, the latest first."""
    c = stage_changes.c
    told = select(stage_changes).where(c.lead_id == lead_id, c.program == program).order_by(c.at.desc(), c.id.desc())
    names = ("was", "stage", "action", "reason", "note", "by", "score", "score_id", "sla")
    return [{"at": iso(row.at)} | {name: row._mapping[name] for name in names} for row in connection.execute(told)]


def timeline(connection: Connection, lead_id: str, most: int) -> list[dict[str, Any]]:
    """What a lead did, the latest first."""
    c = events.c
    rows = connection.execute(
        select(events).where(c.lead_id == lead_id).order_by(c.at.desc(), c.seq.desc()).limit(most)
    )
    return [
        {
            "event_id": row.message_id,
            "type": row.type,
            "at": iso(row.at),
            "known_from": iso(row.known_from),
            "properties": orjson.loads(row.properties),
        }
        for row in rows
    ]

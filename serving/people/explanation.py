"""How somebody came to a score: the procedure and the data, for the person itself (GDPR Art. 15(1)(h)).

It says what is scored, from which data, what the score is used for, which facts counted and by how much, what is held
but was not used, which person decides where, how long data are kept, and how to object.
"""

from typing import Any, NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import Connection, func, select

from features.catalog import Source
from features.describe import source_words, test_words
from features.errors import LeadError
from features.moments import iso
from serving.leads.acts import no_such_lead
from serving.leads.assess import judged_as
from serving.leads.facts import profile_at
from serving.leads.record import Record, find
from serving.leads.replay import as_scored
from serving.leads.standing import Standing, standing_in
from serving.people import sentences
from serving.people.retention import Retention
from serving.programs.service import InService
from serving.scorer import ENGLISH
from serving.store.schema import crm_sent, events, webhook_deliveries, webhook_endpoints, webhook_messages


class Controller(NamedTuple):
    """Who answers for it: for how long data are kept; ``contact``: whom to ask, in words."""

    retention: Retention = Retention()
    contact: str = ""


def explanation(
    connection: Connection, service: InService, lead_id: str, now: int, controller: Controller
) -> dict[str, Any]:
    """The explanation of a lead's present score; raises NoSuchLead."""
    record = find(connection, lead_id)
    standing = standing_in(connection, lead_id, service.program) if record else None
    if record is None or standing is None:
        raise no_such_lead(lead_id, service.program)
    service = as_scored(connection, service, standing)
    at = max(now, record.moment) if standing.scored_at is None else standing.scored_at
    profile = profile_at(connection, lead_id, at)
    done = _done(connection, lead_id, at)
    agreement = service.agreement
    return {
        "lead_id": lead_id,
        "program": service.program,
        "as_of": iso(at),
        "agreement": agreement.agreement,
        "agreement_version": agreement.version,
        "agreed_on": str(agreement.agreed_on),
        "model_version": service.card.model_version,
        "purpose": sentences.purpose(agreement),
        "procedure": sentences.procedure(service.card),
        **_result(connection, service, record, standing, at),
        "data": _data(service, record, profile, done),
        "not_used": _not_used(service, profile, done),
        "exclusions": [{"name": e.name, "when": test_words(e), "reason": e.reason} for e in agreement.exclusions],
        "decisions": sentences.decisions(agreement),
        "recipients": _recipients(connection, lead_id),
        "kept": sentences.kept(controller.retention),
        "rights": sentences.rights(controller.contact),
    }


def _result(connection: Connection, service: InService, record: Record, standing: Standing, at: int) -> dict[str, Any]:
    placed = {"stage": standing.stage, "owner": standing.owner, "excluded": standing.exclusion}
    try:
        judged = judged_as(connection, service, record, standing, at).judged
    except LeadError as error:
        return {"result": None, "standing": placed, "fault": error.what, "facts": [], "without_effect": []}
    assert judged is not None
    told = service.scorer.speaking(ENGLISH).told(judged, with_moves=False)  # as everything else in it
    names = ("score", "base", "probability", "horizon_days", "grade", "weight_of_history")
    facts = _facts(service, told["terms"])
    return {
        "result": {name: told[name] for name in names},
        "standing": placed,
        "fault": "",
        "facts": [fact for fact in facts if fact["points"]],
        "without_effect": [fact["text"] for fact in facts if not fact["points"]],
    }


def _facts(service: InService, terms: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every fact with its points, those that count most first."""
    read_from = {f.name: source_words(f.source) for f in service.card.features}
    names = ("fact", "text", "kind", "agreed", "learned", "points")
    facts = [{name: term[name] for name in names} | {"read_from": read_from.get(term["fact"], "")} for term in terms]
    return sorted(facts, key=lambda fact: (-abs(fact["points"]), fact["fact"]))


def _data(
    service: InService, record: Record, profile: dict[str, Any], done: dict[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    """The data that were read, by category."""
    fields, types = _fields_read(service), service.needs.types
    used: dict[str, dict[str, Any]] = {
        sentences.WHO: {name: value for name, value in profile.items() if name in fields},
        sentences.DID: {kind: said for kind, said in done.items() if types is None or kind in types},
    }
    if service.needs.accounts:
        used[sentences.COMPANY] = {"account": (record.account or "").partition(":")[2] or None}
    if service.needs.stages:
        used[sentences.STAGES] = {}
    return [{"category": name, "where_from": sentences.WHERE_FROM[name], "used": what} for name, what in used.items()]


def _not_used(service: InService, profile: dict[str, Any], done: dict[str, dict[str, Any]]) -> dict[str, list[str]]:
    """What is held, but no part of the score or of a decision reads."""
    fields, types = _fields_read(service), service.needs.types
    return {
        "fields": sorted(name for name in profile if name not in fields),
        "events": [] if types is None else sorted(kind for kind in done if kind not in types),
    }


def _fields_read(service: InService) -> set[str]:
    agreement, segments = service.agreement, service.agreement.segments
    tests: list[Source] = [*agreement.exclusions, *agreement.fast_tracks]
    tests += [*segments.personas, *segments.phases] if segments else []
    read = {s.field for s in (*(f.source for f in service.card.features), *tests) if s.field is not None}
    return read | {name for stage in agreement.stages for name in stage.required}


def _done(connection: Connection, lead_id: str, at: int) -> dict[str, dict[str, Any]]:
    """What somebody did by a moment: how often, from when to when, by type."""
    c = events.c
    rows = connection.execute(
        select(c.type, func.count(), func.min(c.at), func.max(c.at))
        .where(c.lead_id == lead_id, c.at <= at, c.known_from <= at)
        .group_by(c.type)
        .order_by(c.type)
    )
    return {kind: {"times": times, "first": iso(first), "last": iso(last)} for kind, times, first, last in rows}


def _recipients(connection: Connection, lead_id: str) -> list[dict[str, str]]:
    """The programs that were told of somebody."""
    m, e = webhook_messages.c, webhook_endpoints.c
    told = (
        select(e.url, e.description)
        .distinct()
        .join_from(webhook_messages, webhook_deliveries)
        .join(webhook_endpoints)
        .where(m.lead_id == lead_id)
    )
    hosts = {(urlsplit(row.url).hostname or "", row.description) for row in connection.execute(told)}
    sent = select(crm_sent.c.connector).distinct().where(crm_sent.c.lead_id == lead_id, crm_sent.c.at.is_not(None))
    hosts |= {(name, "the CRM that scores are written into") for name in connection.execute(sent).scalars()}
    return [{"host": host, "description": description} for host, description in sorted(hosts)]

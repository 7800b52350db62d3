"""Proposing an agreement: its effect on the leads of today is worked out and kept, nothing else changes."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
from msgspec.structs import replace
from sqlalchemy import Connection, func, select, update

from features.agreement import Agreement
from features.diff import differences
from features.errors import AgreementError, nearest
from features.moments import iso
from features.snapshots import LOST
from serving.access import audit
from serving.access.caller import Caller
from serving.programs.agreements import PROPOSED, adopted, document_of
from serving.programs.effect import Effect, encode
from serving.programs.fitting import refuse_unfit, under
from serving.programs.home import card_path, held_card
from serving.programs.registering import last_card
from serving.programs.service import LEADS, in_service
from serving.programs.trying import MOST, Step, Trial, tried
from serving.service import Service
from serving.store.rows import insert_new
from serving.store.schema import agreements, standings
from training.carried import what_is_carried
from training.scorecard import Scorecard, rules_only


class Proposal(NamedTuple):
    """An agreement that was proposed, with its effect, as it was shown and kept."""

    program: str
    hash: str
    agreement: Agreement
    effect: Effect


class Asked(NamedTuple):
    """What is proposed, and by whom.

    source: the YAML text, if it came as one
    move_to: for stages that it no longer has, the stage that leads in them go to
    """

    agreement: Agreement
    by: Caller
    source: str | None = None
    move_to: Mapping[str, str] = {}


def propose(
    service: Service, program: str, asked: Asked, *, most: int = MOST, step: Step = lambda *_: None
) -> Proposal:
    """Work out what an agreement would change, and keep the proposal with it.

    The agreement's worked examples hold, as it could not have been loaded otherwise. All leads are judged that the
    program is about, of more than ``most`` a random sample; ``step(what, done, of)`` is told of progress.

    Raises AgreementError for an agreement of another program, the adopted one, or a stage that is none to go to;
    StoreUnavailable.
    """
    agreement, now = asked.agreement, service.clock()
    refuse_unfit(agreement, program)
    trial, effect = service.store.read(lambda connection: _prepared(connection, service, program, asked, now))
    effect = tried(service.store, trial, effect, now, most, step)
    found = Proposal(program, agreement.content_hash(), agreement, effect)
    service.store.write(lambda connection: _keep(connection, found, asked, now))
    return found


def _prepared(connection: Connection, service: Service, program: str, asked: Asked, now: int) -> tuple[Trial, Effect]:
    """What is to be tried, and the effect so far."""
    agreement, present = asked.agreement, adopted(connection, program)
    if present is not None and present.hash == agreement.content_hash():
        what = f"version {agreement.version} is the adopted agreement already"
        raise AgreementError(what, where=f"the program '{program}'", got=present.hash)
    serving = {one.program: one for one in service.programs.all()}
    base = base_of(connection, service, program, agreement)
    renamed = _renamed(agreement, present.stages_renamed if present else {}, asked.move_to)
    after = in_service(program, under(connection, program, base, agreement), renamed)
    return Trial(serving.get(program), after, serving.get(LEADS)), Effect(
        as_of=iso(now),
        against=present.hash if present else "",
        leads=0,
        judged=0,
        dropped=dropped(connection, program, agreement),
        renamed=renamed,
        words=tuple(differences(present.agreement, agreement)) if present else (),
        carried=tuple(what_is_carried(base, agreement)),
        examples=len(agreement.examples),
    )


def base_of(connection: Connection, service: Service, program: str, agreement: Agreement) -> Scorecard:
    """The scorecard that would serve, or be carried: one that the home has for this agreement, else what serves."""
    held = held_card(card_path(service.settings.home, program))
    if held is not None and held.agreement_hash == agreement.content_hash():
        return held
    serving = next((one.card for one in service.programs.all() if one.program == program), None)
    return serving or last_card(connection, program) or replace(rules_only(agreement), name=program)


def _renamed(agreement: Agreement, earlier: Mapping[str, str], move_to: Mapping[str, str]) -> dict[str, str]:
    """Where leads go that stand in stages which the agreement does not have, the earlier renamings included."""
    stages = [stage.stage for stage in agreement.stages]
    for old, new in move_to.items():
        if new not in stages:
            what, do = f"leads in {old} cannot go to '{new}', which is no stage", nearest(new, stages)
            raise AgreementError(what, where="move_to", got=new, allowed=", ".join(stages), do=do)
    goes = {old: move_to.get(new, new) for old, new in earlier.items()} | dict(move_to)
    return {old: new for old, new in goes.items() if old not in stages and new in stages}


def dropped(connection: Connection, program: str, agreement: Agreement) -> dict[str, int]:
    """The stages with leads in them that the agreement does not have, open and closed leads together."""
    c = standings.c
    known = [*(stage.stage for stage in agreement.stages), LOST]
    counted = select(c.stage, func.count()).where(c.program == program, c.stage.not_in(known))
    return {row[0]: row[1] for row in connection.execute(counted.group_by(c.stage).order_by(c.stage))}


def _keep(connection: Connection, found: Proposal, asked: Asked, now: int) -> None:
    """Keep a proposal; one that was adopted before stays in the history as it is, with its new effect."""
    agreement, effect = found.agreement, found.effect
    shown: dict[str, Any] = {"proposed_at": now, "proposed_by": asked.by.name, "effect": encode(effect)}
    shown |= {"renamed": orjson.dumps(effect.renamed).decode()}
    shown |= {"source": asked.source} if asked.source is not None else {}
    row = {"program": found.program, "hash": found.hash, "name": agreement.agreement, "version": agreement.version}
    row |= {"document": document_of(agreement), "state": PROPOSED, **shown}
    if not insert_new(connection, agreements, row):
        c = agreements.c
        connection.execute(update(agreements).where(c.program == found.program, c.hash == found.hash).values(shown))
    about = {"program": found.program, "version": agreement.version}
    audit.note(connection, asked.by, "agreement.proposed", found.hash, about, at=now)

"""Adopting an agreement: it takes hold in one transaction; what serves follows it by itself, in every process."""

from typing import NamedTuple

from msgspec.structs import replace
from sqlalchemy import Connection, update

from features.agreement import Agreement
from serving.access import audit
from serving.access.caller import Caller
from serving.programs.agreements import ADOPTED, PAST, Kept, adopted, adopted_hash, document_of, kept
from serving.programs.effect import decode
from serving.programs.errors import NotAdoptable
from serving.programs.fitting import refuse_unfit, under
from serving.programs.home import card_path, held_card, put_card
from serving.programs.proposing import base_of, dropped
from serving.programs.registering import keep_card
from serving.programs.service import InService, in_service
from serving.service import Service
from serving.store.rows import insert_new, lock_name
from serving.store.schema import agreements
from training.scorecard import Scorecard, rules_only

_PROPOSE = "propose it (again), and look at its effect: leadscore agreement propose FILE, or POST /v1/agreements"


class Adopted(NamedTuple):
    """What serves a program from now on.

    unwritten: why its scorecard could not be written to the home, empty where it was; it serves all the same
    """

    program: str
    hash: str
    version: str
    model_version: str
    unwritten: str


def adopt(service: Service, program: str, hashed: str, by: Caller) -> Adopted:
    """Let a proposed agreement take hold, whose effect was shown.

    The agreement before is one of the past from then on. The home's scorecard is replaced by one of the new agreement:
    the champion's, if it was trained with it, else what is carried from what serves. Whoever dies in between leaves
    that to the next look of a follower. Leads are scored anew by the job that keeps scores young.

    Raises NoSuchAgreement; NotAdoptable where its effect was not shown against what holds now, or leads stand in stages
    that it does not have; StoreUnavailable.
    """
    path, now = card_path(service.settings.home, program), service.clock()
    held = held_card(path)
    card = service.store.read(lambda connection: _card(connection, service, program, hashed))
    ready = in_service(program, card)

    def work(connection: Connection) -> Kept:
        lock_name(connection, f"agreement {program}")
        found = kept(connection, program, hashed)
        _refuse_unshown(connection, found)
        _refuse_homeless(connection, found)
        _take_hold(connection, found, by, now)
        keep_card(connection, ready, now)
        return found

    found = service.store.write(work)
    return Adopted(program, hashed, found.version, card.model_version, put_card(path, card, held))


def adopt_first(service: Service, program: str, agreement: Agreement, by: Caller, name: str = "") -> Adopted:
    """Begin a program with an agreement and no history: the score is the agreed score.

    name: of the model, the same as in the training configuration; default: that of the program
    Nobody stands in the program yet, so that no effect has to be shown. Raises AgreementError for an agreement of
    another program; NotAdoptable where the program has begun, or the home holds a scorecard; StoreUnavailable.
    """
    refuse_unfit(agreement, program)
    path, now = card_path(service.settings.home, program), service.clock()
    if path.exists():
        what = f"the home holds a scorecard of the program '{program}' already"
        raise NotAdoptable(what, where=str(path), do=_PROPOSE)
    card = replace(rules_only(agreement), name=name or program)
    ready = in_service(program, card)

    def work(connection: Connection) -> None:
        lock_name(connection, f"agreement {program}")
        present = adopted(connection, program)
        if present is not None and present.hash != card.agreement_hash:
            what = f"version {present.version} is the adopted agreement of the program '{program}'"
            raise NotAdoptable(what, got=f"version {agreement.version}", do=_PROPOSE)
        if present is None:
            _begin(connection, ready, by, now)
        keep_card(connection, ready, now)

    service.store.write(work)
    return Adopted(program, card.agreement_hash, agreement.version, card.model_version, put_card(path, card, None))


def _card(connection: Connection, service: Service, program: str, hashed: str) -> Scorecard:
    """What will serve under an agreement."""
    agreement = kept(connection, program, hashed).agreement
    return under(connection, program, base_of(connection, service, program, agreement), agreement)


def _refuse_unshown(connection: Connection, found: Kept) -> None:
    """Raise NotAdoptable unless the effect was shown, against what holds now."""
    where = f"version {found.version} of the program '{found.program}'"
    if found.state == ADOPTED:
        raise NotAdoptable("this is the adopted agreement already", where=where, got=found.hash)
    if found.effect is None or found.proposed_at <= (found.adopted_at or 0):
        raise NotAdoptable("the effect of this agreement was never shown", where=where, do=_PROPOSE)
    if decode(found.effect).against != (adopted_hash(connection, found.program) or ""):
        what = "another agreement was adopted since the effect of this one was shown"
        raise NotAdoptable(what, where=where, do=_PROPOSE)


def _refuse_homeless(connection: Connection, found: Kept) -> None:
    """Raise NotAdoptable where leads would stand in a stage that there is no more."""
    lost = {
        s: n for s, n in dropped(connection, found.program, found.agreement).items() if s not in found.stages_renamed
    }
    if not lost:
        return
    told = ", ".join(f"{n:,} in {stage}" for stage, n in lost.items())
    stages = ", ".join(stage.stage for stage in found.agreement.stages)
    what = "leads stand in stages that this agreement does not have"
    do = f"propose it again, and say where they go: --move {next(iter(lost))}=STAGE (move_to over HTTP)"
    raise NotAdoptable(what, got=told, allowed=stages, do=do)


def _take_hold(connection: Connection, found: Kept, by: Caller, now: int) -> None:
    c = agreements.c
    before = adopted_hash(connection, found.program)
    connection.execute(update(agreements).where(c.program == found.program, c.state == ADOPTED).values(state=PAST))
    mine = update(agreements).where(c.program == found.program, c.hash == found.hash)
    connection.execute(mine.values(state=ADOPTED, adopted_at=now, adopted_by=by.name))
    about = {"program": found.program, "version": found.version, "before": before or ""}
    audit.note(connection, by, "agreement.adopted", found.hash, about, at=now)


def _begin(connection: Connection, ready: InService, by: Caller, now: int) -> None:
    agreement = ready.agreement
    row = {
        "program": ready.program,
        "hash": ready.card.agreement_hash,
        "name": agreement.agreement,
        "version": agreement.version,
        "document": document_of(agreement),
        "state": ADOPTED,
        "proposed_at": now,
        "proposed_by": by.name,
        "adopted_at": now,
        "adopted_by": by.name,
    }
    insert_new(connection, agreements, row)
    about = {"program": ready.program, "version": agreement.version, "before": ""}
    audit.note(connection, by, "agreement.adopted", ready.card.agreement_hash, about, at=now)

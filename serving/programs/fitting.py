"""Which scorecard serves a program under its adopted agreement, given one that was trained at some time."""

from collections.abc import Iterator

from sqlalchemy import Connection, select

from features.agreement import Agreement
from features.errors import AgreementError
from serving.programs.agreements import PAST, adopted, document_of, find
from serving.store.schema import scorecards
from training.carried import carried, trained_version
from training.scorecard import Scorecard, decode


def fitting(connection: Connection, program: str, card: Scorecard) -> Scorecard:
    """The scorecard itself, or, where it was trained under an agreement of the past, what is carried from it.

    Raises AgreementError for one that is of another program, or whose agreement was never adopted here.
    """
    refuse_other_program(card.agreement, program)
    now = adopted(connection, program)
    if now is None or now.hash == card.agreement_hash:
        return card
    before = find(connection, program, card.agreement_hash)
    if before is None or before.state != PAST:
        what = f"the scorecard is of another agreement, version {card.agreement.version}, which is not adopted"
        do = "propose and adopt that agreement (leadscore agreement propose), or train with the adopted one"
        raise AgreementError(what, got=card.agreement_hash, allowed=now.hash, do=do)
    return under(connection, program, card, now.agreement)


def under(connection: Connection, program: str, card: Scorecard, agreement: Agreement) -> Scorecard:
    """The version of a scorecard under an agreement: as it was trained with it, else carried from as it was trained."""
    hashed = agreement.content_hash()
    trained = [card, *_versions(connection, program, card)]
    as_trained = [c for c in trained if trained_version(c.model_version) == c.model_version]
    return next((c for c in as_trained if c.agreement_hash == hashed), carried((as_trained or trained)[0], agreement))


def _versions(connection: Connection, program: str, card: Scorecard) -> Iterator[Scorecard]:
    """What served as the same trained version, the latest first, as far as it is of the same history."""
    c = scorecards.c
    version = trained_version(card.model_version)
    same = (c.program == program, c.name == card.name, c.model_version == version)
    for row in connection.execute(select(c.checksum, c.document).where(*same).order_by(c.since.desc())):
        found = decode(row.document.encode(), row.checksum)
        if card.history is None or found.history == card.history:
            yield found


def refuse_unfit(agreement: Agreement, program: str) -> None:
    """Raise AgreementError for an agreement of another program, or one that no database can hold."""
    refuse_other_program(agreement, program)
    if "\\u0000" in document_of(agreement):
        raise AgreementError("the agreement holds a character that is no text", got="NUL", do="take it out")


def refuse_other_program(agreement: Agreement, program: str) -> None:
    """Raise AgreementError where an agreement covers others than the program's leads."""
    if agreement.covers != program:
        what = f"the agreement '{agreement.agreement}' is about {agreement.covers}"
        do = f"give the program '{agreement.covers}', or say 'covers: {program}' in the agreement"
        raise AgreementError(what, where=f"the program '{program}'", got=f"covers: {agreement.covers}", do=do)

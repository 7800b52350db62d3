"""An agreement as a person sends it to a page: text, or a file, with where leads go whose stage is gone."""

from typing import NamedTuple

from starlette.datastructures import UploadFile

from features.errors import AgreementError
from features.loading import agreement_from_text
from serving.programs.proposing import Asked, Proposal, propose
from serving.service import Service
from serving.signin.visitor import Visitor

MOST_BYTES = 1_000_000
JUDGED = 10_000  # leads while somebody waits; of more a random sample
MOVE = "move "  # fields of a form: ``move OLD`` holds the stage that leads in OLD go to


class Sent(NamedTuple):
    """The text, and for each stage that it no longer has where leads go."""

    text: str
    moves: dict[str, str]


def moves_in(fields: dict[str, str]) -> dict[str, str]:
    """Where leads go, as a form says it; stages without an answer are left out."""
    chosen = {name.removeprefix(MOVE): value for name, value in fields.items() if name.startswith(MOVE)}
    return {old: new for old, new in chosen.items() if new}


async def text_of(file: UploadFile) -> str:
    """A file's text; raises AgreementError where it is too long or not UTF-8."""
    body = await file.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise _too_long(f"over {MOST_BYTES:,} bytes")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        what, do = "the agreement is not UTF-8 text", "save it as UTF-8, then send it again"
        raise AgreementError(what, where=f"line {line}", do=do) from None


def proposed(service: Service, program: str, sent: Sent, visitor: Visitor) -> Proposal:
    """Propose a text as the visitor; raises AgreementError, StoreUnavailable."""
    if len(sent.text) > MOST_BYTES:
        raise _too_long(f"{len(sent.text):,} characters")
    agreement = agreement_from_text(sent.text)
    return propose(service, program, Asked(agreement, visitor.caller, sent.text, sent.moves), most=JUDGED)


def _too_long(got: str) -> AgreementError:
    return AgreementError("too long for an agreement", got=got, allowed=f"up to {MOST_BYTES:,} bytes")

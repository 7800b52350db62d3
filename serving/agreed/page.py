"""What the pages of the agreement show: the version in service with its review, and any version beside it."""

from functools import partial
from typing import NamedTuple

from sqlalchemy import Connection

from features.diff import differences
from features.errors import LeadError
from features.loading import EXAMPLE_MOMENT, example_lead
from serving.agreed.comparing import Change, changes
from serving.agreed.content import Content, content_of
from serving.agreed.effects import Told, told
from serving.agreed.review import Review, review_of
from serving.agreed.signing import Signature, signatures
from serving.agreed.today import Seen, seen_today
from serving.agreed.verdicts import Reviewed, last_review
from serving.programs.agreements import ADOPTED, PROPOSED, Kept, adopted, history, kept
from serving.programs.effect import Effect, decode
from serving.programs.errors import NoSuchAgreement
from serving.programs.home import card_path
from serving.programs.service import InService
from serving.service import Service
from serving.words.words import Words


class Outcome(NamedTuple):
    """What becomes of a worked example by what serves now, history included; None where it cannot be scored."""

    score: float
    stage: str


class Agreed(NamedTuple):
    """The agreement of a program, as it holds now.

    review: None in the moment in which another scorecard takes its place
    reviewed: the verdicts of the last ``leadscore review``, None where its report is not in the home
    outcomes: of the worked examples, in their order; proposed, past: other versions, the last first
    """

    program: str
    version: Kept
    content: Content
    review: Review | None
    reviewed: Reviewed | None
    outcomes: tuple[Outcome | None, ...]
    signatures: list[Signature]
    proposed: list[Kept]
    past: list[Kept]


class Beside(NamedTuple):
    """A version beside the one that holds.

    now: that which holds, None where it is this one; changes: what it says otherwise; words: the same in English
    effect: as it was shown last, None where it never was; outdated: another version was adopted since
    """

    program: str
    version: Kept
    content: Content
    signatures: list[Signature]
    now: Kept | None
    changes: list[Change]
    words: list[str]
    effect: Effect | None
    told: list[Told]
    outdated: bool

    @property
    def is_adoptable(self) -> bool:
        """Whether it may take hold as things stand."""
        return self.now is not None and self.effect is not None and not self.outdated and not self.effect.not_renamed


def agreed(t: Words, service: Service, program: str) -> Agreed:
    """What holds now; raises NoSuchProgram, NoSuchAgreement, StoreUnavailable."""
    one = service.programs.named(program)

    def read(connection: Connection) -> tuple[list[Kept], list[Signature], list[list[Seen]]]:
        found = adopted(connection, program)
        if found is None:
            raise NoSuchAgreement("nothing is agreed on yet", where=f"the program '{program}'")
        others = [one for one in history(connection, program) if one.hash != found.hash]
        return [found, *others], signatures(connection, program, found.hash), seen_today(connection, one)

    (now, *others), signed, seen = service.store.read(read)
    serves = one.card.agreement_hash == now.hash
    return Agreed(
        program=program,
        version=now,
        content=content_of(t, now.agreement),
        review=review_of(t, one, seen) if serves else None,
        reviewed=last_review(card_path(service.settings.home, program).parent),
        outcomes=tuple(_outcomes(one)) if serves else (),
        signatures=signed,
        proposed=[other for other in others if other.state == PROPOSED],
        past=[other for other in others if other.state != PROPOSED],
    )


def _outcomes(one: InService) -> list[Outcome | None]:
    return [_outcome(one, i) for i in range(len(one.agreement.examples))]


def _outcome(one: InService, index: int) -> Outcome | None:
    try:
        judged = one.scorer.judge(example_lead(one.agreement.examples[index]), EXAMPLE_MOMENT, None)
    except LeadError:
        return None
    return Outcome(judged.scored.score, judged.decision.stage)


def beside(t: Words, service: Service, program: str, hashed: str) -> Beside:
    """A version beside what holds now; raises NoSuchAgreement, StoreUnavailable."""
    version, now = service.store.read(
        lambda connection: (kept(connection, program, hashed), adopted(connection, program))
    )
    signed = service.store.read(partial(signatures, program=program, hashed=hashed))
    effect = decode(version.effect) if version.effect else None
    other = now if now is not None and version.state != ADOPTED else None
    shown_against_now = effect is not None and now is not None and effect.against == now.hash
    since = version.adopted_at is None or version.proposed_at > version.adopted_at
    return Beside(
        program=program,
        version=version,
        content=content_of(t, version.agreement),
        signatures=signed,
        now=other,
        changes=changes(t, other.agreement, version.agreement) if other else [],
        words=differences(other.agreement, version.agreement) if other else [],
        effect=effect,
        told=told(t, effect) if effect else [],
        outdated=effect is not None and not (shown_against_now and since),
    )

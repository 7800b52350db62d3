"""From a lead as it was sent to its answer, with notes on what was not read; one lead or a batch."""

from collections.abc import Sequence
from typing import Any

from features.errors import LeadError
from features.moments import moment, now
from serving.scorer import Scorer
from serving.sent import Sent
from serving.shapes import LeadIn


class BatchError(LeadError):
    """Leads of a batch that cannot be scored; ``faults``: each with its place in the batch."""

    def __init__(self, faults: Sequence[LeadError]) -> None:
        self.faults, first = faults, faults[0]
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        super().__init__(first.what + more, where=first.where, got=first.got, allowed=first.allowed, do=first.do)


def answer_to(scorer: Scorer, sent: LeadIn, as_of: int | None = None) -> dict[str, Any]:
    """The answer as of ``as_of``, else of the moment that was sent, else of now.

    Raises LeadError when the lead cannot be scored as it was sent.
    """
    asked = moment(sent.as_of) if as_of is None and sent.as_of else as_of
    return answer_of(scorer, Sent(sent.lead(), asked, sent.stage_now, sent.colleagues == []))


def answer_of(scorer: Scorer, sent: Sent) -> dict[str, Any]:
    """As ``answer_to``, of a lead that was read."""
    as_of = now() if sent.as_of is None else sent.as_of
    answer = scorer.answer(sent.lead, as_of, sent.stage_now)
    answer["notes"] = scorer.notes.on(sent.lead, as_of, alone=sent.alone)
    return answer


def written(scorer: Scorer, sent: Sent) -> bytes:
    """As ``answer_of``, as JSON."""
    as_of = now() if sent.as_of is None else sent.as_of
    judged = scorer.judge(sent.lead, as_of, scorer.known_stage(sent.stage_now))
    return scorer.written(judged, scorer.notes.on(sent.lead, as_of, alone=sent.alone))


def answers_to(scorer: Scorer, leads: Sequence[LeadIn]) -> list[dict[str, Any]]:
    """All answers, or a BatchError that names every lead that cannot be scored: all or nothing."""
    answers: list[dict[str, Any]] = []
    faults: list[LeadError] = []
    for i, lead in enumerate(leads):
        try:
            answers.append(answer_to(scorer, lead))
        except LeadError as error:
            where = f"leads.{i}.{error.where}"
            faults.append(LeadError(error.what, where=where, got=error.got, allowed=error.allowed, do=error.do))
    if faults:
        raise BatchError(faults)
    return answers

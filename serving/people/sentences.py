"""What an explanation says in sentences; plain words, for somebody who has never heard of lead scoring."""

from features.agreement import AUTOMATIC, Agreement
from features.describe import any_of
from serving.people.retention import Retention
from training.scorecard import Scorecard

_KEPT = {
    "events": "what you did, counted from when it happened",
    "scores": "scores, counted from when each was computed; the present one stays",
    "closed_leads": "everything about you, counted from when you bought or we gave up",
    "audit": "who of us did what with your data",
    "deliveries": "what other programs of ours were told of you",
    "messages": "ids of messages, so that none counts twice",
    "imports": "reports of rows of tables that could not be read",
}
WHO, DID, COMPANY, STAGES = "who you are", "what you did", "your company", "how far you are"
WHERE_FROM = {
    WHO: "what you told us, and what our other systems know of you, such as the CRM",
    DID: "our website, our mails, our events: as these systems counted it",
    COMPANY: "the address of your mail, or what our other systems say of it; and what others of it did",
    STAGES: "the score itself, and what our colleagues wrote down",
}
RIGHTS = (
    "You may have a copy of everything that is held of you (GDPR Art. 15 and 20).",
    "What is wrong is put right when you say so (Art. 16), and the score is computed anew from then on.",
    "You may have all of it erased (Art. 17). Nothing that still comes of you is stored afterwards; of your ids only a "
    "hash is kept, to know them again by.",
    "You may object to this scoring at any time (Art. 21). Where it serves direct marketing it then ends, without a "
    "reason of yours.",
    "You may say how you see it, have a person look at the result, and contest it (Art. 22).",
    "You may complain to a supervisory authority (Art. 77).",
)


def purpose(agreement: Agreement) -> list[str]:
    """What the score is for."""
    owners = any_of(list(dict.fromkeys(stage.owner for stage in agreement.stages)))
    conversion = agreement.conversion
    return [
        f"The score is an estimate of how likely it is that you come to this within {conversion.horizon_days:g} days: "
        f"{conversion.stage} ({conversion.definition}).",
        f"It decides how soon somebody of {owners} turns to you, and with what. It decides nothing else: no price, no "
        "contract, no access to anything.",
    ]


def procedure(card: Scorecard) -> list[str]:
    """How the score comes about."""
    agreement, w = card.agreement, card.weight_of_history
    dated = f"{agreement.agreement}, version {agreement.version}, of {agreement.agreed_on}"
    agreed = f"what marketing and sales agreed on ({dated})"
    learned = card.history.leads if card.history else 0
    weights = (
        f"How many points a fact gets is for {1 - w:.0%} {agreed}, and for {w:.0%} what the same fact was worth with "
        f"{learned:,} earlier leads."
        if w
        else f"How many points a fact gets is {agreed}; nothing in it was learned from other people's data."
    )
    hours = agreement.process.score_age_hours
    return [
        "Facts about you get points, some for you, some against. The score is what everybody begins with, plus the "
        "points of the facts listed below: a sum, and nothing else.",
        weights,
        "The probability follows from the score alone, by how people with such scores went on before.",
        f"It is computed by a program, anew whenever something new is known and at least every {hours:g} hours, "
        "because what was done long ago counts less.",
    ]


def decisions(agreement: Agreement) -> list[dict[str, str]]:
    """Who lets a lead into each stage: the score by itself, or a person."""
    return [
        {
            "stage": stage.stage,
            "definition": stage.definition,
            "by": "the score and the fields, automatically" if stage.gate == AUTOMATIC else f"a person: {stage.gate}",
            "owner": stage.owner,
        }
        for stage in agreement.stages
    ]


def kept(retention: Retention) -> list[dict[str, str]]:
    """For how long each kind of record is kept."""
    days = {name: getattr(retention, name) for name in _KEPT}
    return [
        {"what": what, "how_long": "until you have it erased" if days[name] is None else f"{days[name]:,} days"}
        for name, what in _KEPT.items()
    ]


def rights(contact: str) -> list[str]:
    """What a person may ask for, and of whom."""
    whom = f"Ask: {contact}." if contact else "Ask whoever gave you this."
    return [*RIGHTS, whom]

"""Names that speak of a judgement, a result, or a state that later events overwrite: English and German."""

import re
from collections.abc import Iterator

from training.guard.evidence import standard_error
from training.guard.known import Known
from training.guard.strength import auc_alone
from training.guard.values import Values

JUDGEMENT = re.compile(
    r"scor(?:e|es|ing)|index|grad(?:e|ing)|rating|quality|priority|tags?|status|stage|disposition|outcome|result|"
    r"notable|closed|closing|won|lost|deals?|contract|invoiced?|signed(?! (?:up|in))|churn(?:ed)?|converted|purchased|"
    r"lead profile|bewertung|einstufung|priorit(?:ae|ä)t|ergebnis|abschlussdatum|abgeschlossen|gewonnen|verloren|"
    r"verlustgrund|vertrag|vertragsnummer|auftrag|auftragsnummer|gekauft|storniert|storno|phase"
)
LATEST = re.compile(
    r"last|latest|recent|current stage|modified|updated|letzte[rsn]?|zuletzt|neueste[rsn]?|ge(?:ae|ä)ndert"
)
# What a form asks everybody, and what a lead is by birth.
HONEST = re.compile(
    r"(?:marital|family|employment|employee|civil|marriage|legal|residence) status|"
    r"(?:funding|growth|life|company) stage|credit (?:score|rating|grade)|last ?name"
)
SAYS_LITTLE = 0.55  # AUC


def name_tells(values: Values, known: Known) -> Iterator[str]:
    """What a name speaks of, unless many leads show that the column, whatever it is called, tells nothing."""
    words = HONEST.sub(" ", plain_words(values.name))
    for pattern, meaning in ((JUDGEMENT, "a judgement or a result"), (LATEST, "a state that later events overwrite")):
        word = re.search(rf"\b(?:{pattern.pattern})\b", words)
        if word and not _tells_nothing(values, known):
            yield f"'{word.group()}' in its name speaks of {meaning}"


def plain_words(name: str) -> str:
    """The words of a column's name in small letters.

    >>> plain_words("LastModifiedDate"), plain_words("deal_stage-2")
    ('last modified date', 'deal stage 2')
    """
    spaced = re.sub(r"(?<=[a-zäöüß\d])(?=[A-ZÄÖÜ])", " ", name)
    return " ".join(re.split(r"[\W_]+", spaced)).strip().casefold()


def _tells_nothing(values: Values, known: Known) -> bool:
    """Whether the column is surely weaker than ``SAYS_LITTLE``, and not surely better than chance."""
    won = int(known.converted.sum())
    lost = len(known.converted) - won
    reached = auc_alone(values, known)
    error = standard_error(0.5, won, lost) if won and lost else 1.0
    return reached + 2 * error < SAYS_LITTLE and reached - 2 * error < 0.5

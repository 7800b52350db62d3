"""Names that speak of a judgement, a result, or a state that later events overwrite: English and German."""

import re
from collections.abc import Iterator

from training.guard.evidence import Ints, held_out_auc, standard_error
from training.guard.values import Values

JUDGEMENT = re.compile(
    r"scor(?:e|es|ing)|index|grad(?:e|ing)|rating|quality|priority|tags?|status|stage|disposition|outcome|result|"
    r"notable|closed|closing|won|lost|los[st] reason|deal|deals|contract|invoiced?|signed|churn(?:ed)?|converted|"
    r"conversion|purchased|lead profile|"
    r"bewertung|einstufung|prioritaet|priorität|ergebnis|abschluss|abgeschlossen|gewonnen|verloren|verlustgrund|"
    r"vertrag|vertragsnummer|auftrag|auftragsnummer|gekauft|storniert|storno|phase",
)
LATEST = re.compile(
    r"last|latest|recent|current stage|modified|updated|letzte[rsn]?|zuletzt|neueste[rsn]?|geaendert|geändert"
)
# What a form asks everybody, and what a lead is by birth.
HONEST = re.compile(
    r"(?:marital|family|employment|employee|civil|marriage|legal|residence|customer|company) status|"
    r"last ?name|letzter name|air quality|(?:body )?mass index|index page|stage ?name"
)
SAYS_LITTLE = 0.55  # AUC


def name_tells(values: Values, converted: Ints) -> Iterator[str]:
    """What a name speaks of, unless many leads show that the column, whatever it is called, tells nothing."""
    words = HONEST.sub(" ", plain_words(values.name))
    for pattern, meaning in ((JUDGEMENT, "a judgement or a result"), (LATEST, "a state that later events overwrite")):
        word = re.search(rf"\b(?:{pattern.pattern})\b", words)
        if word and not _tells_nothing(values, converted):
            yield f"'{word.group()}' in its name speaks of {meaning}"


def plain_words(name: str) -> str:
    """The words of a column's name in small letters.

    >>> plain_words("LastModifiedDate"), plain_words("deal_stage-2")
    ('last modified date', 'deal stage 2')
    """
    spaced = re.sub(r"(?<=[a-zäöüß\d])(?=[A-ZÄÖÜ])", " ", name)
    return " ".join(re.split(r"[\W_]+", spaced)).strip().casefold()


def _tells_nothing(values: Values, converted: Ints) -> bool:
    """Whether the column is surely weaker than ``SAYS_LITTLE``, and not surely better than chance."""
    won = int(converted.sum())
    lost = len(converted) - won
    reached = held_out_auc(values.grouped(), converted)
    error = standard_error(0.5, won, lost) if won and lost else 1.0
    return reached + 2 * error < SAYS_LITTLE and reached - 2 * error < 0.5

"""When a rule of an agreement holds, and what pairs of facts are called, in a language.

In English it is what ``features.describe`` and ``features.pairs`` say.
"""

from collections.abc import Callable, Sequence
from functools import reduce
from itertools import pairwise

from features.agreement import Condition
from features.catalog import Pair
from features.describe import amount, number_words, value_words
from features.pairs import BOTH, NOT_KNOWN, range_names
from serving.words.words import Words


def condition_in(words: Words, condition: Condition, unit: str = "") -> str:
    """When a condition holds, as ``features.describe.condition_words`` says it in English.

    >>> condition_in(Words("de"), Condition(one_of=("software", "retail", 3.5)))
    'software, retail oder 3,5'
    >>> [condition_in(Words(l), Condition(at_least=50.0, below=200.0), "people") for l in ("de", "zh")]
    ['mindestens 50 und unter 200 Personen', '不少于 50 且少于 200 人']
    """
    named = [_value(words, v, unit) for v in (condition.equals, *condition.one_of) if v is not None]
    parts = [
        _any_of(words, named) if named else "",
        _range(words, condition, unit),
        words("condition.holds", words=_joined(words, "list", condition.matches)) if condition.matches else "",
        words("said.unknown") if condition.missing else "",
    ]
    return _joined(words, "and", [part for part in parts if part])


def pair_value_in(words: Words, pair: Pair) -> Callable[[str], str]:
    """What a pair's value is called, given what ``features.pairs`` calls it.

    >>> of = pair_value_in(Words("de"), Pair(first="industry", second="visits", second_cuts=(3.0, 8.5)))
    >>> of("software × 3 to 8.5"), of("unknown × below 3")
    ('software × 3 bis unter 8,5', 'unbekannt × unter 3')
    """
    left, right = _side(words, pair.first_cuts), _side(words, pair.second_cuts)
    between = BOTH.format("", "")

    def called(value: str) -> str:
        first, both, second = value.rpartition(between)
        return BOTH.format(left.get(first, first), right.get(second, second)) if both else value

    return called


def _side(words: Words, cuts: Sequence[float]) -> dict[str, str]:
    """The ranges of a pair's side, by what they are called in English."""
    if not cuts:
        return {NOT_KNOWN: words("said.unknown")}
    names = range_names(cuts)
    numbers = [words.written(name.rpartition(" ")[2]) for name in (names[0], *names[1:-1])]
    between = [words("condition.between", low=low, high=high) for low, high in pairwise(numbers)]
    ends = words("condition.below", number=numbers[0]), words("condition.from", number=numbers[-1])
    said = [ends[0], *between, ends[1]]
    return {NOT_KNOWN: words("said.unknown"), **dict(zip(names, said, strict=True))}


def _value(words: Words, value: str | float | bool, unit: str) -> str:
    if isinstance(value, bool):
        return words("condition.true" if value else "condition.false")
    if isinstance(value, str):
        return value_words(value)
    return _amount(words, words.written(number_words(value)), unit, value)


def _range(words: Words, condition: Condition, unit: str) -> str:
    bounds = [("at_least", condition.at_least), ("below", condition.below)]
    said = [words(f"condition.{name}", number=words.written(number_words(n))) for name, n in bounds if n is not None]
    return _amount(words, _joined(words, "and", said), unit) if said else ""


def _amount(words: Words, number: str, unit: str, n: float = 2) -> str:
    """A number with its unit, which is in the catalogue, or as the agreement has it."""
    if not unit:
        return number
    name, as_it_is = f"unit.{unit}", amount(n, unit).partition(" ")[2]
    return words("condition.with_unit", number=number, unit=words(name, n=n) if words.has(name) else as_it_is)


def _any_of(words: Words, said: Sequence[str]) -> str:
    listed = _joined(words, "list", said[:-1])
    return words("condition.or", first=listed, last=said[-1]) if listed else said[-1]


def _joined(words: Words, how: str, said: Sequence[str]) -> str:
    return reduce(lambda first, last: words(f"condition.{how}", first=first, last=last), said) if said else ""

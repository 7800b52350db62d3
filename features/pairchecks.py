"""What a pair must satisfy: two different facts that are there, read as they are, their numbers cut into ranges."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Literal, NamedTuple

from features.catalog import Feature, Pair
from features.errors import nearest

Key = Literal["first", "second", "first_cuts", "second_cuts"]


class Fault(NamedTuple):
    """Why a pair cannot be read: which of its keys is at fault, and the parts of the error."""

    key: Key
    what: str
    got: str = ""
    allowed: str = ""
    do: str = ""


def fault_of(pair: Pair, facts: Mapping[str, Feature], *, all_known: bool = True) -> Fault | None:
    """The first fault of a pair of the ``facts``, by name; unless ``all_known``, others may be there too.

    >>> fault_of(Pair(first="visits", second="visits"), {}).what
    'a pair is of two different facts'
    """
    return next(_faults(pair, facts, all_known), None)


def _faults(pair: Pair, facts: Mapping[str, Feature], all_known: bool) -> Iterator[Fault]:
    if pair.first == pair.second:
        yield Fault("second", "a pair is of two different facts", got=pair.second, do="name another fact")
    sides: tuple[tuple[Key, Key, str, tuple[float, ...]], ...] = (
        ("first", "first_cuts", pair.first, pair.first_cuts),
        ("second", "second_cuts", pair.second, pair.second_cuts),
    )
    for key, cuts_key, name, cuts in sides:
        fact = facts.get(name)
        if fact is not None:
            yield from _unfit(key, cuts_key, fact, cuts)
        elif all_known:
            yield Fault(key, f"'{name}' is no fact that is read here", got=name, do=nearest(name, facts))
        if any(not low < high for low, high in pairwise(cuts)):
            got = ", ".join(f"{cut:g}" for cut in cuts)
            yield Fault(cuts_key, "cuts are numbers in ascending order", got=got, do="sort them, each once")


def _unfit(key: Key, cuts_key: Key, fact: Feature, cuts: tuple[float, ...]) -> Iterator[Fault]:
    """What is wrong with a fact as one of two."""
    if fact.source.made_of_facts:
        what = f"'{fact.name}' is made of other facts itself"
        yield Fault(key, what, allowed="a fact that is read from a lead", do="name the facts that it is made of")
    if fact.type == "number" and not cuts:
        what = f"'{fact.name}' is a number, so that it must be cut into ranges"
        yield Fault(key, what, do=f"add '{cuts_key}: [...]', where its ranges begin")
    if fact.type == "text" and cuts:
        yield Fault(cuts_key, f"'{fact.name}' is a text, which has no ranges", do="take the cuts out")

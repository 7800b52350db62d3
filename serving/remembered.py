"""What was worked out for a fact's value, kept at hand for the next lead with the same one."""

from collections.abc import Callable
from typing import TypeVar

from features.catalog import Value

T = TypeVar("T")
MOST, LONGEST = 1_024, 64


class Remembered(dict[Value, T]):
    """The results of a function of values: ``remembered[value]``.

    Kept are those of values that come again: no value, whole numbers, short texts; and at most ``MOST`` of them.

    >>> halves = Remembered(lambda value: value / 2)
    >>> halves[3.0], halves[0.1], list(halves)
    (1.5, 0.05, [3.0])
    """

    def __init__(self, function: Callable[[Value], T]) -> None:
        self._function = function

    def __missing__(self, value: Value) -> T:
        result = self._function(value)
        if value is None or (len(value) <= LONGEST if isinstance(value, str) else value.is_integer()):
            if len(self) >= MOST:
                self.clear()
            self[value] = result
        return result

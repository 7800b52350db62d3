"""YAML changed without touching its layout: comments, order, quotes and line breaks stay as people wrote them.

ruamel.yaml keeps comments and order, but writes some lines anew in its own way. So a text is written twice, as it was
and as it is to be, and only the lines in which these two differ are taken over.
"""

from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from io import StringIO
from typing import Any, NamedTuple

from ruamel.yaml import YAML

INDENTS = ((2, 4, 2), (2, 2, 0), (4, 4, 2), (4, 6, 4), (4, 4, 0))  # of mappings, of sequences, of their dashes
WIDE = 100_000  # columns: no line is broken anew
Lines = list[str]


def rewritten(source: str, change: Callable[[Any], None]) -> str:
    """A YAML text in which ``change`` has been made to the data.

    >>> print(rewritten("a: 1   # one\\nb:  [2,\\n     3]\\n", lambda data: data.update(a=7)), end="")
    a: 7   # one
    b:  [2,
         3]
    """
    yaml = min((_style(indent) for indent in INDENTS), key=lambda style: _differing(style, source))
    data = yaml.load(source)
    plain = _dumped(yaml, data)
    change(data)
    changed = _dumped(yaml, data)
    text, anew = "".join(_merged(source.splitlines(keepends=True), plain, changed)), "".join(changed)
    return text if YAML(typ="safe").load(text) == YAML(typ="safe").load(anew) else anew


def _style(indent: tuple[int, int, int]) -> YAML:
    yaml = YAML()
    yaml.preserve_quotes, yaml.width = True, WIDE
    yaml.indent(mapping=indent[0], sequence=indent[1], offset=indent[2])
    return yaml


def _differing(yaml: YAML, source: str) -> int:
    """How many lines ruamel.yaml writes otherwise in this style."""
    lines = source.splitlines(keepends=True)
    same = SequenceMatcher(None, lines, _dumped(yaml, yaml.load(source)), autojunk=False).get_matching_blocks()
    return len(lines) - sum(block.size for block in same)


def _dumped(yaml: YAML, data: Any) -> Lines:
    out = StringIO()
    yaml.dump(data, out)
    return out.getvalue().splitlines(keepends=True)


class _Unit(NamedTuple):
    """Lines of the source, and the lines (from, to) that ruamel.yaml writes for them."""

    own: Lines
    begin: int
    end: int


def _merged(source: Lines, plain: Lines, changed: Lines) -> Iterator[str]:
    """The lines of ``source`` but for what was changed between ``plain`` and ``changed``."""
    before: list[Lines] = [[] for _ in range(len(plain) + 1)]
    kept = [True] * len(plain)
    for tag, i, j, k, m in SequenceMatcher(None, plain, changed, autojunk=False).get_opcodes():
        if tag != "equal":
            begin, end = _without_blanks(plain, i, j)
            before[begin] = changed[k:m]
            kept[begin:end] = [False] * (end - begin)
    for unit in _units(source, plain):
        inside = range(unit.begin, unit.end)
        yield from before[unit.begin] if inside else []
        if all(kept[at] for at in inside) and not any(before[at] for at in inside[1:]):
            yield from unit.own
            continue
        for at in inside:
            yield from before[at] if at != unit.begin else []
            yield from [plain[at]] if kept[at] else []
    yield from before[len(plain)]


def _without_blanks(plain: Lines, begin: int, end: int) -> tuple[int, int]:
    """Lines to be replaced without the blank ones behind; for what is added, the place before what heads the next part.

    That is a blank line with the comments after it.
    """
    while end > begin and not plain[end - 1].strip():
        end -= 1
    if begin == end:
        above = begin
        while above > 0 and plain[above - 1].strip()[:1] in ("", "#"):
            above -= 1
            if not plain[above].strip():
                begin = end = above
    return begin, end


def _units(source: Lines, plain: Lines) -> Iterator[_Unit]:
    """The smallest parts of the source that ruamel.yaml writes by themselves: lines, and groups written otherwise."""
    for tag, i, j, k, m in SequenceMatcher(None, source, plain, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from (_Unit([source[i + at]], k + at, k + at + 1) for at in range(j - i))
        else:
            yield _Unit(source[i:j], k, m)

"""YAML read so that every error can name its line.

YAML 1.2, so that ``no`` is a word and not a truth value; a key that stands twice is refused.
"""

import math
import re
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError
from ruamel.yaml.scalarbool import ScalarBoolean

from features.errors import LeadscoreError, nearest

MOST_VALUES = 100_000
T = TypeVar("T", bound=msgspec.Struct)
Path_ = tuple[str | int, ...]

_AT = re.compile(r" - at `\$(?P<path>.*)`$")
_STEP = re.compile(r"\.(?P<key>[^.\[]+)|\[(?P<index>\d+)\]|\[\.\.\.\]")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<name>.*)`")
_HALF = re.compile("[\ud800-\udfff]")  # of a pair of escapes, which YAML does not put together
_WHOLE = "write the character itself, or one escape for it"
_ENUM = re.compile(r"Invalid enum value (?P<got>.*)", re.DOTALL)


class _DatesAsText(RoundTripConstructor):
    """Leaves dates as text, so that the field that wants a date refuses a wrong one, with its line."""


_DatesAsText.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value)


class Document:
    """A parsed YAML file that knows the line of every key."""

    def __init__(self, data: Any, name: str, error: type[LeadscoreError]) -> None:
        self.data, self.name, self.error = data, name, error

    def line(self, path: Path_) -> int:
        """The line (from 1) of the deepest part of ``path`` that the file has."""
        node, line = self.data, 1
        for step in path:
            try:
                key = _own_key(node, step)
                line = (node.lc.key(key) if hasattr(node, "keys") else node.lc.item(key))[0] + 1
                node = node[key]
            except (KeyError, IndexError, TypeError, AttributeError):
                break
        return line

    def has(self, path: Path_) -> bool:
        """Whether the file says something at ``path``, rather than leaving it to a default."""
        try:
            self._at(path)
        except (KeyError, IndexError, TypeError):
            return False
        return True

    def refuse(self, what: str, path: Path_ = (), **parts: str) -> LeadscoreError:
        """The error to raise about ``path``, with the file's name and the line."""
        spot = "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in path).lstrip(".")
        where = f"{self.name}, line {self.line(path)}" + (f" ({spot})" if spot else "")
        return self.error(what, where=where, **parts)

    def into(self, shape: type[T]) -> T:
        """The document as frozen objects of ``shape``; raises the document's error naming line and key."""
        try:
            return msgspec.convert(self._builtin(self.data), shape)
        except msgspec.ValidationError as error:
            raise self._explain(str(error), shape) from None
        except RecursionError:
            raise self.error("the file is nested too deeply", where=self.name) from None

    def _explain(self, message: str, shape: type[msgspec.Struct]) -> LeadscoreError:
        found = _AT.search(message)
        path = self._path(found["path"], message, shape) if found else ()
        what = _AT.sub("", message)
        if unknown := _UNKNOWN.fullmatch(what):
            name = unknown["name"]
            return self.refuse(f"unknown key '{name}'", (*path, name), do=nearest(name, keys_at(shape, path)))
        if missing := _MISSING.fullmatch(what):
            return self.refuse(f"the key '{missing['name']}' is missing", path, do=f"add '{missing['name']}: ...'")
        got = msgspec.json.encode(self._at(path)).decode()[:80]
        if _ENUM.fullmatch(what):
            return self.refuse("not one of the words allowed here", path, got=got, do=_nearest_word(shape, path, got))
        hint = "put it in quotes" if re.match("Expected `str`, got `(int|float|bool)`", what) else ""
        return self.refuse(_plain(what), path, got=got, do=hint)

    def _path(self, text: str, message: str, shape: type[msgspec.Struct]) -> Path_:
        """The path in msgspec's message; for ``[...]``, the value of any key, the key is found by trial."""
        path: Path_ = ()
        for m in _STEP.finditer(text):
            step = m["key"] or (int(m["index"]) if m["index"] else self._faulty_key(path, message, shape))
            path = (*path, step)
        return path

    def _faulty_key(self, path: Path_, message: str, shape: type[msgspec.Struct]) -> str:
        """The key of the mapping at ``path`` that brings the message when it stands there alone."""
        whole = self._at(path)
        for key, value in whole.items():
            data = self._builtin(self.data)
            mapping = _follow(data, path)
            mapping.clear()
            mapping[key] = value
            if _message(data, shape) == message:
                return str(key)
        return str(next(iter(whole)))

    def _at(self, path: Path_) -> Any:
        return _follow(self._builtin(self.data), path)

    def _builtin(self, node: Any, path: Path_ = ()) -> Any:
        """The document in Python's own types; refuses what no field can mean: ``.nan``, ``.inf``, tags, no text."""
        if hasattr(node, "keys"):
            names = {str(key): value for key, value in node.items()}
            if any(_HALF.search(name) for name in names):
                raise self.refuse("a key holds half a character", path, do=_WHOLE)
            return {name: self._builtin(value, (*path, name)) for name, value in names.items()}
        if isinstance(node, list):
            return [self._builtin(value, (*path, i)) for i, value in enumerate(node)]
        if isinstance(node, ScalarBoolean):
            return bool(node)
        for own in (bool, int, float, str):
            if isinstance(node, own):
                break
        else:
            if node is not None:
                raise self.refuse("YAML tags are not read here", path, got=str(node)[:80], do="write a plain value")
            return None
        if isinstance(node, float) and not math.isfinite(node):
            raise self.refuse("not a finite number", path, got=str(node))
        if isinstance(node, str) and _HALF.search(node):
            raise self.refuse("a text holds half a character", path, do=_WHOLE)
        return own(node)


def read(path: Path, error: type[LeadscoreError]) -> Document:
    """Parse a YAML file; raises ``error`` with the line when it is no YAML mapping."""
    try:
        source = path.read_bytes().decode("utf-8-sig")
    except OSError as problem:
        raise error("cannot read the file", where=str(path), got=problem.strerror or "") from None
    except UnicodeDecodeError as problem:
        line = problem.object[: problem.start].count(b"\n") + 1
        raise error(
            "the file is not UTF-8 text", where=f"{path.name}, line {line}", do="save it as UTF-8, then try again"
        ) from None
    return parse(source, path.name, error)


def parse(source: str, name: str, error: type[LeadscoreError]) -> Document:
    """Parse YAML text; ``name`` stands for the file in errors."""
    yaml = YAML()
    yaml.Constructor = _DatesAsText
    try:
        data = yaml.load(source)
    except MarkedYAMLError as problem:
        mark = problem.problem_mark
        where = f"{name}, line {mark.line + 1}" if mark else name
        raise error("not valid YAML", where=where, got=(problem.problem or "").strip()) from None
    except ReaderError as problem:
        line = source.count("\n", 0, problem.position) + 1
        raise error("not valid YAML", where=f"{name}, line {line}", got="a character that is no text") from None
    except (YAMLError, ValueError) as problem:
        raise error("not valid YAML", where=name, got=str(problem)) from None
    except RecursionError:
        raise error("the file is nested too deeply", where=name) from None
    if not hasattr(data, "keys"):
        got = "nothing" if data is None else "a list" if isinstance(data, list) else "a single value"
        raise error("the file holds no YAML mapping", where=f"{name}, line 1", got=got, allowed="key: value lines")
    if (values := _values(data, {})) > MOST_VALUES:  # aliases of aliases: a few lines that fill any memory
        got, allowed = f"{values:,} with its aliases written out", f"up to {MOST_VALUES:,}"
        raise error("the file holds too many values", where=f"{name}, line 1", got=got, allowed=allowed)
    return Document(data, name, error)


def _values(node: Any, known: dict[int, int]) -> int:
    """How many values a node holds, itself included; ``known``: of nodes that were counted, which count each time."""
    parts = node.values() if hasattr(node, "keys") else node if isinstance(node, list) else ()
    if id(node) not in known:
        known[id(node)] = 0  # of one that holds itself
        known[id(node)] = 1 + sum(_values(part, known) for part in parts)
    return known[id(node)]


def _own_key(node: Any, step: str | int) -> Any:
    """The key as the parser holds it: ``1: x`` has a number for a key where a path has the text "1"."""
    if isinstance(step, int) or not hasattr(node, "keys") or step in node:
        return step
    return next((key for key in node if str(key) == step), step)


def _follow(node: Any, path: Path_) -> Any:
    for step in path:
        node = node[step]
    return node


def _message(data: Any, shape: type[msgspec.Struct]) -> str:
    try:
        msgspec.convert(data, shape)
    except msgspec.ValidationError as error:
        return str(error)
    return ""


def _plain(message: str) -> str:
    """msgspec's sentence in the words of someone who writes YAML."""
    words = {"str": "text", "float": "a number", "int": "a whole number", "array": "a list", "object": "a mapping"}
    words |= {"bool": "true or false", "null": "nothing", "date": "a date"}

    def plain(match: re.Match[str]) -> str:
        return " or ".join(words.get(word, word) for word in match[1].split(" | "))

    if "RFC3339 encoded date" in message:
        return "not a date such as 2026-10-01"
    message = re.sub(r"`([^`]*)`", plain, message)
    message = re.sub(r"of length >= 1$", "that is not empty", message)
    return message[0].lower() + message[1:]


def _nearest_word(shape: type[msgspec.Struct], path: Path_, got: str) -> str:
    kinds = _kinds(_type_at(shape, path))
    words = [w for kind in kinds if isinstance(kind, msgspec.inspect.LiteralType) for w in kind.values]
    return nearest(got.strip('"'), map(str, words))


def keys_at(shape: type[msgspec.Struct], path: Path_) -> list[str]:
    """The keys that ``shape`` allows at ``path``."""
    kinds = _kinds(_type_at(shape, path))
    return [f.encode_name for k in kinds if isinstance(k, msgspec.inspect.StructType) for f in k.fields]


def _type_at(shape: type[msgspec.Struct], path: Path_) -> Any:
    info: Any = msgspec.inspect.type_info(shape)
    for step in path:
        info = next(inner for kind in _kinds(info) for inner in _inner(kind, step))
    return info


def _kinds(info: Any) -> tuple[Any, ...]:
    """The types that a union is made of, or the one type."""
    return tuple(getattr(info, "types", (info,)))


def _inner(kind: Any, step: str | int) -> list[Any]:
    """The type behind one step into ``kind``; empty when the step does not lead into it."""
    if isinstance(kind, msgspec.inspect.StructType):
        return [f.type for f in kind.fields if f.encode_name == step]
    if isinstance(kind, msgspec.inspect.DictType):
        return [kind.value_type]
    return [kind.item_type] if hasattr(kind, "item_type") else []

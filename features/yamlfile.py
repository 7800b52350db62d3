"""YAML read so that every error can name its line.

YAML 1.2, so that ``no`` is a word and not a truth value; a key that stands twice is refused.
"""

import re
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from features.errors import LeadscoreError, nearest

T = TypeVar("T", bound=msgspec.Struct)
Path_ = tuple[str | int, ...]

_AT = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_STEP = re.compile(r"\.(?P<key>[^.\[]+)|\[(?P<index>\d+)\]|\[\.\.\.\]")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>[^`]+)`")


class Document:
    """A parsed YAML file that knows the line of every key."""

    def __init__(self, data: Any, name: str, error: type[LeadscoreError]) -> None:
        self.data, self.name, self.error = data, name, error

    def line(self, path: Path_) -> int:
        """The line (from 1) of the deepest part of ``path`` that the file has."""
        node, line = self.data, 1
        for step in path:
            try:
                line = (node.lc.key(step) if hasattr(node, "keys") else node.lc.item(step))[0] + 1
                node = node[step]
            except (KeyError, IndexError, TypeError, AttributeError):
                break
        return line

    def refuse(self, what: str, path: Path_ = (), **parts: str) -> LeadscoreError:
        """The error to raise about ``path``, with the file's name and the line."""
        spot = "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in path).lstrip(".")
        where = f"{self.name}, line {self.line(path)}" + (f" ({spot})" if spot else "")
        return self.error(what, where=where, **parts)

    def into(self, shape: type[T]) -> T:
        """The document as frozen objects of ``shape``; raises the document's error naming line and key."""
        try:
            return msgspec.convert(_builtin(self.data), shape)
        except msgspec.ValidationError as error:
            raise self._explain(str(error), shape) from None

    def _explain(self, message: str, shape: type[msgspec.Struct]) -> LeadscoreError:
        found = _AT.search(message)
        path = _steps(found["path"]) if found else ()
        what = _AT.sub("", message)
        unknown = _UNKNOWN.match(what)
        if unknown is None:
            return self.refuse(_plain(what), path, got=repr(self._at(path))[:80])
        name = unknown["name"]
        return self.refuse(f"unknown key '{name}'", (*path, name), do=nearest(name, keys_at(shape, path)))

    def _at(self, path: Path_) -> Any:
        node = self.data
        for step in path:
            node = node[step]
        return _builtin(node)


def read(path: Path, error: type[LeadscoreError]) -> Document:
    """Parse a YAML file; raises ``error`` with the line when it is no YAML mapping."""
    try:
        source = path.read_text("utf-8")
    except OSError as problem:
        raise error("cannot read the file", where=str(path), got=problem.strerror or "") from None
    except UnicodeDecodeError:
        raise error("the file is not UTF-8 text", where=str(path)) from None
    return parse(source, path.name, error)


def parse(source: str, name: str, error: type[LeadscoreError]) -> Document:
    """Parse YAML text; ``name`` stands for the file in errors."""
    try:
        data = YAML().load(source)
    except MarkedYAMLError as problem:
        mark = problem.problem_mark
        where = f"{name}, line {mark.line + 1}" if mark else name
        raise error("not valid YAML", where=where, got=(problem.problem or "").strip()) from None
    except YAMLError as problem:
        raise error("not valid YAML", where=name, got=str(problem)) from None
    if not hasattr(data, "keys"):
        raise error("the file holds no YAML mapping", where=name, got=type(data).__name__, allowed="key: value lines")
    return Document(data, name, error)


def _builtin(node: Any) -> Any:
    """The document in Python's own types, without the parser's memory of layout."""
    if hasattr(node, "keys"):
        return {str(key): _builtin(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_builtin(value) for value in node]
    for own in (bool, int, float, str):
        if isinstance(node, own):
            return own(node)
    return node


def _steps(path: str) -> Path_:
    return tuple(m["key"] if m["key"] is not None else int(m["index"] or 0) for m in _STEP.finditer(path))


def _plain(message: str) -> str:
    """msgspec's sentence in the words of someone who writes YAML."""
    words = {"`str`": "text", "`float`": "a number", "`int`": "a whole number", "`array`": "a list"}
    words |= {"`object`": "a mapping", "`bool`": "true or false", "`null`": "nothing", "Object": "this part"}
    for programmer, plain in words.items():
        message = message.replace(programmer, plain)
    return message[0].lower() + message[1:]


def keys_at(shape: type[msgspec.Struct], path: Path_) -> list[str]:
    """The keys that ``shape`` allows at ``path``."""
    info: Any = msgspec.inspect.type_info(shape)
    for step in path:
        info = _into(info, step)
    info = _struct(info)
    return [f.encode_name for f in info.fields] if info is not None else []


def _into(info: Any, step: str | int) -> Any:
    info = _unwrap(info)
    if isinstance(step, int):
        return info.item_type
    struct = _struct(info)
    if struct is None:
        return getattr(info, "value_type", info)
    return next(f.type for f in struct.fields if f.encode_name == step)


def _unwrap(info: Any) -> Any:
    types = [t for t in getattr(info, "types", (info,)) if not isinstance(t, msgspec.inspect.NoneType)]
    return types[0]


def _struct(info: Any) -> Any:
    candidates = getattr(info, "types", (info,))
    return next((t for t in candidates if isinstance(t, msgspec.inspect.StructType)), None)

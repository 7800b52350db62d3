"""The JSON Schema of an agreement file, from which editors complete, explain and check.

Its descriptions are the ``key: text`` lines of the structs' docstrings, so that a key is explained once.
"""

import inspect
import json
import re
from typing import Any

import msgspec

from features.agreement import Agreement
from features.catalog import Strict

_KEY = re.compile(r"(?P<key>[a-z_]+): (?P<text>.+)")
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def agreement_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of an agreement file.

    >>> stage = agreement_schema()["$defs"]["Stage"]
    >>> stage["properties"]["required"]["description"]
    'profile fields that must be known'
    """
    return described_schema(Agreement, "leadscore agreement")


def described_schema(shape: type[msgspec.Struct], title: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a struct that people write as YAML, every key described."""
    (whole,), shapes = msgspec.json.schema_components([shape], ref_template="#/$defs/{name}")
    structs = {s.__name__: s for s in _structs(msgspec.inspect.type_info(shape))}
    for name, part in shapes.items():
        explained = explanations(structs[name])
        part["description"] = _summary(structs[name])
        for key, field in part["properties"].items():
            field["description"] = explained[key]
    return {"$schema": DIALECT, "title": title, **whole, "$defs": shapes}


def schema_text() -> str:
    """The JSON Schema as it stands in ``docs/schemas/agreement.schema.json``."""
    return json.dumps(agreement_schema(), indent=2, ensure_ascii=False) + "\n"


def explanations(shape: type) -> dict[str, str]:
    """What each key of a struct means, by its docstring and those of the structs it extends.

    >>> from features.agreement import Sla
    >>> explanations(Sla)
    {'hours': 'business hours', 'do': 'who does what'}
    """
    ours = [base for base in reversed(shape.__mro__) if issubclass(base, Strict)]
    lines = [line for base in ours for line in (base.__doc__ or "").splitlines()]
    return {m["key"]: m["text"] for line in lines if (m := _KEY.fullmatch(line.strip()))}


def _summary(shape: type) -> str:
    return " ".join((inspect.getdoc(shape) or "").partition("\n\n")[0].split())


def _structs(info: Any) -> set[type]:
    """Every struct type that can stand in the file."""
    if isinstance(info, msgspec.inspect.StructType):
        return {info.cls}.union(*(_structs(field.type) for field in info.fields))
    inner = [*getattr(info, "types", ()), getattr(info, "item_type", None), getattr(info, "value_type", None)]
    return set().union(*(_structs(part) for part in inner if part is not None))

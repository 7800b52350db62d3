"""The JSON Schema of a scorecard file, for those who read scorecards in another language."""

import json
from typing import Any

import msgspec

from features.schema import DIALECT
from training.scorecard import Scorecard

_CHECKSUM = "SHA-256 of the bytes of 'scorecard' as they stand in the file"


def scorecard_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a scorecard file.

    >>> scorecard_schema()["required"]
    ['checksum', 'scorecard']
    """
    (whole,), shapes = msgspec.json.schema_components([Scorecard], ref_template="#/$defs/{name}")
    return {
        "$schema": DIALECT,
        "title": "leadscore scorecard file",
        "type": "object",
        "properties": {
            "checksum": {"description": _CHECKSUM, "type": "string", "pattern": "^sha256:[0-9a-f]{64}$"},
            "scorecard": whole,
        },
        "required": ["checksum", "scorecard"],
        "additionalProperties": False,
        "$defs": shapes,
    }


def schema_text() -> str:
    """The JSON Schema as it stands in ``docs/schemas/scorecard.schema.json``."""
    return json.dumps(scorecard_schema(), indent=2, ensure_ascii=False) + "\n"

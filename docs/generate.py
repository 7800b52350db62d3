"""Writes the files in docs/ that are made from the code (``make generated``); a test says when one is not current."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from features.catalogfile import Catalog
from features.schema import described_schema, schema_text
from serving.app import create_app
from serving.cli import app as command_line
from serving.scorer import Scorer
from serving.settings import Settings
from training.card_schema import schema_text as scorecard_schema_text
from training.config import TrainConfig

DOCS = Path(__file__).parent


class _Nothing:
    """Stands where the service keeps its scorecard: the shapes do not depend on one."""

    refused = ""

    def scorer(self) -> Scorer:
        """Never asked for."""
        raise NotImplementedError


def generated() -> dict[Path, str]:
    """Every made file with its content."""
    training = described_schema(TrainConfig, "leadscore training configuration")
    shapes = create_app(_Nothing(), Settings()).openapi()  # type: ignore[arg-type]
    return {
        DOCS / "schemas" / "agreement.schema.json": schema_text(),
        DOCS / "schemas" / "scorecard.schema.json": scorecard_schema_text(),
        DOCS / "schemas" / "features.schema.json": _text(described_schema(Catalog, "leadscore features")),
        DOCS / "schemas" / "train.schema.json": _text(training),
        DOCS / "openapi.json": _text(shapes),
        DOCS / "commands.md": commands(),
    }


def _text(content: Any) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def commands() -> str:
    """Every command with its arguments and options."""
    lines = ["# The command `leadscore`", "", "Made from the code by `make generated`.", ""]
    for name, command in _walk(typer.main.get_command(command_line), "leadscore"):
        lines += [f"## `{name}`", "", (command.help or "").strip(), ""]
        lines += [f"- {_words(p)}" for p in command.params if p.name != "help"]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _words(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"`{parameter.name.upper()}`: {parameter.help}"
    names = " / ".join([*parameter.opts, *parameter.secondary_opts])
    variable = f" (or `{parameter.envvar}`)" if parameter.envvar else ""
    default = f" Default: `{parameter.default}`." if parameter.default not in (None, "", False) else ""
    return f"`{names}`{variable}: {parameter.help}{default}"


def _walk(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    for part, child in command.commands.items():
        if hasattr(child, "commands"):
            yield from _walk(child, f"{name} {part}")
        else:
            yield f"{name} {part}", child


if __name__ == "__main__":
    for path, text in generated().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        print(f"wrote {path.relative_to(DOCS.parent)}")

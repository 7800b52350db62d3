"""Writes the files in docs/ that are made from the code (``make generated``); a test says when one is not current."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import msgspec
import typer
from ruamel.yaml import YAML

from features.catalog import Source
from features.catalogfile import Catalog
from features.schema import described_schema, schema_text
from serving.app import create_app
from serving.cli import app as command_line
from serving.description.openapi30 import openapi_30
from serving.description.swagger20 import swagger_20
from serving.programs.programs import Programs
from serving.service import Service
from serving.settings import Settings
from serving.store.database import Store
from training.card_schema import schema_text as scorecard_schema_text
from training.config import TrainConfig

DOCS = Path(__file__).parent


def generated() -> dict[Path, str]:
    """Every made file with its content."""
    training = described_schema(TrainConfig, "leadscore training configuration")
    with TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/empty.db")
        shapes = create_app(Service(Settings(), store, Programs({}))).openapi()
        store.close()
    older = openapi_30(shapes, "https://leadscore.example.com")
    return {
        DOCS / "schemas" / "agreement.schema.json": schema_text(),
        DOCS / "schemas" / "scorecard.schema.json": scorecard_schema_text(),
        DOCS / "schemas" / "features.schema.json": _text(described_schema(Catalog, "leadscore features")),
        DOCS / "schemas" / "train.schema.json": _text(training),
        DOCS / "openapi.json": _text(shapes),
        DOCS / "openapi-3.0.json": _text(older),
        DOCS / "swagger-2.0.json": _text(swagger_20(older)),
        DOCS / "commands.md": commands(),
        DOCS / "features.md": features(),
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


FEATURES = """# Kinds of facts

A fact about a lead is declared once, in the agreement (with its points) or in a catalog (`leadscore features check`),
and is evaluated the same way in training and serving. This page is made by `make generated` from the tables in
`tests/spec/`, which every engine passes: what a lead is and did, and the value that the fact then has. Ages are in days
before the moment of scoring; a minus is after it.
"""
SECTIONS: dict[str, Callable[[Source], bool]] = {
    "Read from a field": lambda s: s.field is not None,
    "Measured over the lead's events": lambda s: s.event is not None and s.over == "lead",
    "Measured over all leads of a company": lambda s: s.over == "account" or s.lead == "colleagues",
    "Of the lead itself": lambda s: s.lead not in (None, "colleagues"),
    "Points agreed": lambda s: s.points_of is not None,
    "Pairs of facts": lambda s: s.pair is not None,
}


def features() -> str:
    """Every kind of fact with its declaration and the rows of its table."""
    tables = [_Table.of(path) for path in sorted((DOCS.parent / "tests" / "spec").glob("*.yaml"))]
    parts = [FEATURES]
    for title, belongs in SECTIONS.items():
        parts += [f"## {title}\n", *(table.page() for table in tables if belongs(table.source))]
    return "\n".join(parts).rstrip() + "\n"


class _Table(NamedTuple):
    """One table of ``tests/spec``, to be written for people."""

    name: str
    title: str
    told: dict[str, Any]
    source: Source

    @classmethod
    def of(cls, path: Path) -> "_Table":
        text = path.read_text("utf-8")
        told = YAML(typ="safe").load(text)
        return cls(
            path.stem, text.splitlines()[0].strip("# ."), told, msgspec.convert(told["feature"]["source"], Source)
        )

    def page(self) -> str:
        rows = [f"| {_lead(row) or 'nothing'} | {_expected(row['expect'])} |" for row in self.told["rows"]]
        about = [self.told["about"].strip(), ""] if "about" in self.told else []
        return "\n".join([f"### {self.title}", "", *about, "```yaml", *self.declaration(), "```", "", *HEAD, *rows, ""])

    def declaration(self) -> list[str]:
        """The fact as a catalog may declare it, after those that it is made of."""
        beside = [line for told in self.told.get("beside", []) for line in _declared(told["name"], told)]
        agreed = [f"{kind}: {_flow(facts)}" for kind, facts in self.told.get("agreement", {}).items()]
        agreed = ["# in the agreement", *agreed, "# in the catalog"] if agreed else []
        return [*agreed, *beside, *_declared(self.name, self.told["feature"])]


def _declared(name: str, told: dict[str, Any]) -> list[str]:
    """A fact as a catalog may declare it; what the source decides is left out."""
    source = msgspec.convert(told["source"], Source)
    keys = {k: v for k, v in told.items() if k != "name" and (k != "type" or source.gives_text is None)}
    return [f"- name: {name}", *(f"  {key}: {_flow(value)}" for key, value in keys.items())]


HEAD = ("| lead | value |", "|---|---|")
PLAIN = re.compile(r"(?!(?:true|false|null)$)[A-Za-z/](?:[^:#,{}\[\]]*\S)?")  # a text that YAML reads as a text


def _lead(row: dict[str, Any]) -> str:
    """What a row says of a lead, in words."""
    said = [f"{name}: {_flow(value)}" for name, value in row.get("profile", {}).items()]
    said += [f"{type_} {_ages(ages)}" for type_, ages in row.get("events", {}).items()]
    said += [_event(event) for event in row.get("list", [])]
    said += [_version(version) for version in row.get("versions", [])]
    said += [f"created {row['created']} days ago"] if "created" in row else []
    said += [f"of the company {_ages([row['of_account']])}"] if "of_account" in row else []
    said += [_event({"type": change["stage"], **change}, but="stage") for change in row.get("stages", [])]
    said += [f"a colleague ({_lead(colleague)})" for colleague in row.get("colleagues", [])]
    return "; ".join(said).replace("|", "\\|").replace("()", "").strip()


def _ages(ages: list[float]) -> str:
    return f"{', '.join(str(age) for age in ages)} {'day' if ages == [1] else 'days'} ago"


def _version(version: dict[str, Any]) -> str:
    said = ", ".join(f"{name}: {_flow(value)}" for name, value in version["profile"].items()) or "nothing"
    return f"{said} from {_ages([version['days_ago']])}"


def _event(event: dict[str, Any], but: str = "") -> str:
    told = [f"{k} {_flow(v)}" for k, v in event.items() if k not in ("type", "days_ago", "known", but)]
    told += [f"known {_ages([event['known']])}"] if "known" in event else []
    details = f" ({', '.join(told)})" if told else ""
    return f"{event['type']}{details} {_ages([event.get('days_ago', 0)])}"


def _expected(cell: Any) -> str:
    return "unknown" if cell is None else f"`{cell}`"


def _flow(value: Any) -> str:
    """A value as YAML in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str) and PLAIN.fullmatch(value):
        return value
    return json.dumps(value, ensure_ascii=False)


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

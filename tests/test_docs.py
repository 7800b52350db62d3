"""The documents say what the code does: made files are current, README's commands exist and its output adds up."""

import importlib.util
import json
import re
from contextlib import chdir
from pathlib import Path

import pytest
from typer.main import get_command

from features.catalogfile import load_catalog
from serving.cli import app

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
README = (ROOT / "README.md").read_text("utf-8")
AGREEMENT = """\
agreement: a
version: "1"
agreed_on: 2026-01-01
points_double_odds: 10
conversion: {definition: buys, stage: Customer, horizon_days: 30}
stages: [{stage: Customer, definition: bought, owner: sales}]
"""


def _generated() -> dict[Path, str]:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.generated()


def test_made_files_are_current() -> None:
    stale = [path.name for path, text in _generated().items() if path.read_text("utf-8") != text]
    assert not stale, f"run make generated: {stale}"


def test_every_declaration_shown_for_a_kind_of_fact_is_one_that_a_catalog_accepts(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "features.md").read_text("utf-8")
    shown = [block.rpartition("# in the catalog\n")[2] for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)]
    (tmp_path / "features.yaml").write_text("features:\n" + "".join(shown), "utf-8")
    names = {feature.name for feature in load_catalog(tmp_path / "features.yaml")}
    assert names >= {path.stem for path in (ROOT / "tests" / "spec").glob("*.yaml")}


def _shell_lines(text: str) -> list[str]:
    blocks = re.findall(r"```(?:console|bash|sh)\n(.*?)```", text, flags=re.DOTALL)
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]


def test_the_python_in_the_readme_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "agreement.yaml").write_text(
        AGREEMENT + "fit: [{fact: staff, field: staff, points_each: 0.1, cap: 20}]\n"
    )
    rows = [f"{i % 7 * 30},{('steel', 'software', '')[i % 3]},{int(i % 7 + i * i % 11 > 9)}" for i in range(160)]
    (tmp_path / "leads.csv").write_text("\n".join(["staff,industry,converted", *rows]))
    (block,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    with chdir(tmp_path):
        exec(compile(block, "README.md", "exec"), {})
    shown = capsys.readouterr().out
    assert all(told in shown for told in ("base", "staff", "industry", "agreed", "learned"))


def test_every_make_target_in_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = {line.split()[1] for line in _shell_lines(README) if line.startswith("make ")}
    assert targets
    assert all(re.search(rf"^{target}:", makefile, flags=re.MULTILINE) for target in targets)


def test_the_score_shown_in_the_readme_adds_up() -> None:
    rows = re.findall(r"^(.*?)\s{2,}.*?([+-]?\d+\.\d) +(-?\d+\.\d)\s+█", README, flags=re.MULTILINE)
    parts = [float(part) for _, part, _ in rows]
    shown = re.search(r"^score .*?(-?\d+\.\d)\s*$", README, flags=re.MULTILINE)
    assert shown is not None
    assert len(parts) > 5
    assert round(sum(parts), 1) == float(shown.group(1))


def test_links_in_the_documents_lead_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("examples/*/*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def _named_calls() -> list[tuple[str, list[str]]]:
    """Every call of the command that a page shows, in a block or in its text: the page, the words after its name."""
    found = []
    for page in PAGES:
        text = page.read_text("utf-8")
        blocks = re.findall(r"```(?:console|bash|sh|ini|text)\n(.*?)```", text, re.DOTALL)
        in_text = re.findall(r"`(leadscore .*?)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
        said = re.findall(r"(?:^|[/=])leadscore ([a-z]+(?: [^#\n]*)?)", "\n".join([*blocks, *in_text]), re.MULTILINE)
        found += [(page.name, words.split()) for words in said]
    return found


@pytest.mark.parametrize(("page", "words"), _named_calls())
def test_every_command_of_a_page_exists_with_its_options(page: str, words: list[str]) -> None:
    command = get_command(app)
    while words and hasattr(command, "commands"):
        command, words = command.commands[words[0]], words[1:]
    known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    assert {word for word in words if word.startswith("--")} <= known, page


def test_every_route_of_a_page_exists() -> None:
    paths = json.loads((ROOT / "docs" / "openapi.json").read_text("utf-8"))["paths"]
    known = {(method.upper(), re.sub(r"{.*?}", "{}", path)) for path, ways in paths.items() for method in ways}
    for page in PAGES:
        named = re.findall(r"`(GET|POST|PUT|PATCH|DELETE) (/v1/[^`?\s]*)", page.read_text("utf-8"))
        said = {(method, re.sub(r"{.*?}", "{}", path)) for method, path in named}
        assert said <= known, page.name


def test_the_readme_begins_with_what_a_newcomer_needs() -> None:
    first = README.splitlines()[:40]
    for needed in ("make up", "make test", "score "):
        assert any(needed in line for line in first), needed

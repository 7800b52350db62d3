"""The house as it is meant to be: what lies where, what is shipped, how long things get, who imports whom."""

import ast
import importlib
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

REPO = Path(__file__).parents[1]
PACKAGES = ("features", "training", "serving")
MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 60


def sources() -> list[Path]:
    """Our own files; migrations are as Alembic writes them."""
    found = (path for package in PACKAGES for path in (REPO / package).rglob("*.py"))
    return sorted(path for path in found if path.parent.name != "versions")


@pytest.mark.parametrize("package", PACKAGES)
def test_the_package_that_is_imported_is_ours(package: str) -> None:
    assert Path(importlib.import_module(package).__file__ or "") == REPO / package / "__init__.py"


def test_no_file_is_too_long() -> None:
    lengths = {str(path.relative_to(REPO)): len(path.read_text("utf-8").splitlines()) for path in sources()}
    assert {name: n for name, n in lengths.items() if n > MOST_LINES_OF_A_FILE} == {}


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Each function with its number of lines."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{path.relative_to(REPO)}:{node.name}", (node.end_lineno or 0) - node.lineno + 1


def test_no_function_is_too_long() -> None:
    lengths = {name: lines for path in sources() for name, lines in functions(path)}
    assert {name: n for name, n in lengths.items() if n > MOST_LINES_OF_A_FUNCTION} == {}


def test_imports_run_one_way() -> None:
    """In a process of its own: the linter's logging disables every logger that it does not know."""
    lint = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    done = subprocess.run(lint, cwd=REPO, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def tracked() -> list[str]:
    """The files that git keeps."""
    if not (REPO / ".git").exists():
        pytest.skip("no git checkout: nothing says which files belong to it")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPO, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.split("\0") if name and (REPO / name).exists()]


def test_the_wheel_holds_every_file_of_the_packages_and_nothing_else(tracked: list[str], tmp_path: Path) -> None:
    for name in tracked:
        (tmp_path / "copy" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPO / name, tmp_path / "copy" / name)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=tmp_path / "copy", capture_output=True, check=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert held == {name for name in tracked if name.startswith(tuple(f"{package}/" for package in PACKAGES))}

"""By which code a model was made: the package's version and commit, and the versions of what it stands on."""

import platform
import re
import subprocess
from importlib.metadata import PackageNotFoundError, requires
from importlib.metadata import version as package_version
from pathlib import Path

PACKAGE = "leadscore"


def code_version() -> str:
    """The package's version, and the commit where the code is a checkout."""
    root = Path(__file__).parents[1]
    command = ["git", "-C", str(root), "rev-parse", "--short=12", "HEAD"]
    commit = ""
    if (root / ".git").exists():
        commit = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    return package_version(PACKAGE) + (f"+{commit}" if commit else "")


def environment() -> dict[str, str]:
    """The versions of Python, the machine's system, and every package that scoring and training require by name.

    >>> {"python", "system", "numpy", "mlflow"} <= set(environment())
    True
    """
    found = {"python": platform.python_version(), "system": f"{platform.system()} {platform.machine()}"}
    for name in _required():
        try:
            found[name] = package_version(name)
        except PackageNotFoundError:  # of an extra that is not installed
            continue
    return found


def _required() -> list[str]:
    needed = [line for line in requires(PACKAGE) or () if "extra ==" not in line or "train" in line.partition(";")[2]]
    names = (re.match(r"[\w.-]+", line) for line in needed)
    return sorted({name.group().lower() for name in names if name})

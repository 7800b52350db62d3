"""The walkthrough's commands, run in a shell against a service of our own; what is shown is what is answered."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from running import command, free_port, started

REPO = Path(__file__).parents[1]
BLOCK = re.compile(r"```(?P<kind>sh|json)\n(?P<text>.*?)```", re.DOTALL)


def blocks() -> list[tuple[str, str]]:
    """The commands after the start, each with what is shown of the last one's answer (nothing: not looked at)."""
    found = [(m["kind"], m["text"]) for m in BLOCK.finditer((REPO / "docs" / "walkthrough.md").read_text("utf-8"))]
    begin = next(i for i, (kind, text) in enumerate(found) if kind == "sh" and "export URL" in text)
    pairs: list[tuple[str, str]] = []
    for kind, text in found[begin + 1 :]:
        if kind == "sh":
            pairs.append((text, ""))
        else:
            pairs[-1] = (pairs[-1][0], text)
    return pairs


def shown_in(shown: Any, answered: Any, where: str = "") -> list[str]:
    """Where the answer differs from what is shown; numbers to what is shown of them, lists from their beginning."""
    if isinstance(shown, dict):
        return [fault for key in shown for fault in shown_in(shown[key], answered.get(key), f"{where}.{key}")]
    if isinstance(shown, list):
        if len(shown) > len(answered) or (not shown and answered):
            return [f"{where}: {answered}"]
        return [fault for i, one in enumerate(shown) for fault in shown_in(one, answered[i], f"{where}[{i}]")]
    if isinstance(shown, float):
        return [] if abs(shown - answered) < 0.011 else [f"{where}: {answered}"]
    return [] if shown == answered else [f"{where}: {answered}"]


@pytest.mark.skipif(shutil.which("curl") is None and "CI" not in os.environ, reason="no curl to run it with")
def test_the_walkthrough_runs_and_answers_as_it_says(tmp_path: Path) -> None:
    made = ["agreement", "adopt", REPO / "training/madeup/agreement.yaml", "--home", tmp_path]
    subprocess.run(command(*made), check=True, capture_output=True)
    pairs, port = blocks(), free_port()
    with started(tmp_path, tmp_path / "scorecard.json", port=port) as running:
        begin = f'URL={running.url} KEY={running.key}\nask() {{ curl -sS -H "Authorization: Bearer $KEY" '
        begin += "-H 'Content-Type: application/json' \"$@\"; }\n"
        for commands, shown in pairs:
            done = subprocess.run(["bash", "-ec", begin + commands], capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            assert shown_in(json.loads(shown or "{}"), last_of(done.stdout)) == [], (commands, done.stdout)
    assert len(pairs) > 12


def last_of(text: str) -> Any:
    """The last of the JSON documents that stand one after the other."""
    decoder, at, found = json.JSONDecoder(), 0, None
    while at < len(text):
        found, at = decoder.raw_decode(text, at)
    return found

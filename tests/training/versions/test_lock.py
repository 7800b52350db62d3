"""A lock of a home: one at a time, and gone with whoever held it."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from features.errors import RegistryError
from training.registry.lock import BusyError, alone

HOLD = "import sys; from pathlib import Path; from training.registry.lock import alone\n" \
    "with alone(Path(sys.argv[1]), 'work'): print('held', flush=True); sys.stdin.read()"  # fmt: skip


def test_another_process_is_kept_out_until_the_first_is_gone_however_it_ends(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(BusyError, match="another process is at it: work"), alone(tmp_path, "work"):
            pass
        process.send_signal(signal.SIGKILL)
        process.wait()
    with alone(tmp_path, "work"):
        pass


def test_other_work_is_not_kept_out(tmp_path: Path) -> None:
    with alone(tmp_path, "work"), alone(tmp_path, "other work"):
        pass


def test_a_home_that_cannot_be_made_is_no_busy_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(RegistryError, match="cannot be written") as error, alone(tmp_path / "file", "work"):
        pass
    assert not isinstance(error.value, BusyError)


def test_a_lock_that_cannot_be_written_is_no_busy_one(tmp_path: Path) -> None:
    (tmp_path / ".work.lock").mkdir()
    with pytest.raises(RegistryError, match="cannot be written") as error, alone(tmp_path, "work"):
        pass
    assert not isinstance(error.value, BusyError)

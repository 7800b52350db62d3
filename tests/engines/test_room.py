"""Memory, disk, progress and interruptions: what a reading takes, tells, and leaves behind, which is nothing."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from features.catalog import Feature, Source
from features.engines.duck import DuckEngine
from features.engines.sources import Tables
from features.errors import ConfigError, DataError
from features.moments import DAY, moment

NOW = moment("2026-11-21T09:00:00Z")
ROWS = 600_000  # events; their texts take some 40 MB
LITTLE = "60MB"


def fact(name: str, **source: Any) -> Feature:
    return Feature(name=name, label=name, kind="interest", type="number", source=Source(**source))


FACTS = [
    fact("visits", event="visit"),
    fact("quiet", event="visit", measure="days_since_last"),
    fact("sessions", event="visit", measure="sessions", gap_minutes=30.0),
]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """A company of 100,000 leads with six events each; every one with an id of its own."""
    folder = tmp_path_factory.mktemp("large")
    leads = pa.table({"lead_id": name(pa.array(range(ROWS // 6)))})
    at = pc.subtract(NOW, pc.multiply(pa.array(range(ROWS)), DAY // 20_000))
    events = pa.table({
        "event_id": name(pa.array(range(ROWS))),
        "lead_id": name(pa.array([i % (ROWS // 6) for i in range(ROWS)])),
        "at": pc.strftime(pc.cast(at, pa.timestamp("us")), "%Y-%m-%d %H:%M:%S"),
        "type": ["visit"] * ROWS,
    })  # fmt: skip
    pq.write_table(leads, folder / "leads.parquet")
    pq.write_table(events, folder / "events.parquet")
    return Tables(folder / "leads.parquet", folder / "events.parquet")


def name(numbers: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise("L", pc.utf8_lpad(pc.cast(numbers, pa.string()), 30, "0"), "-")


def visits(engine: DuckEngine, tables: Tables) -> float:
    return sum(sum(result.columns[0].plain()) for result in engine.read(FACTS, tables, NOW))


@pytest.fixture
def spill(tmp_path: Path) -> Iterator[Path]:
    """A folder to spill to, which is empty afterwards."""
    (folder := tmp_path / "spill").mkdir()
    yield folder
    assert list(folder.iterdir()) == []


class Watcher:
    """A step that keeps the most bytes that a folder held, and what it was told."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.most, self.told = folder, 0, []

    def __call__(self, what: str, done: int, of: int) -> None:
        self.told.append((what, done, of))
        self.most = max(self.most, sum(f.stat().st_size for f in self.folder.rglob("*") if f.is_file()))


# --- room


def test_what_does_not_fit_into_memory_is_spilled(large: Tables, spill: Path) -> None:
    watcher = Watcher(spill)
    engine = DuckEngine(threads=1, memory_limit=LITTLE, spill=spill, step=watcher)
    assert (visits(engine, large), watcher.most > 1_000_000) == (ROWS, True)


def test_nothing_is_spilled_that_fits(large: Tables, spill: Path) -> None:
    watcher = Watcher(spill)
    assert (visits(DuckEngine(threads=1, spill=spill, step=watcher), large), watcher.most) == (ROWS, 0)


def test_more_than_may_be_spilled(large: Tables, spill: Path) -> None:
    engine = DuckEngine(threads=1, memory_limit=LITTLE, spill=spill, spill_limit="2MB")
    with pytest.raises(DataError) as raised:
        visits(engine, large)
    assert raised.value.what.startswith("there is no room to work in")
    assert raised.value.where.startswith(str(spill))
    assert "raise the memory limit" in raised.value.do


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB."""
    (folder := tmp_path / "disk").mkdir()
    mounted = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], check=False, capture_output=True
        ).returncode
    )
    if not mounted:
        pytest.skip("only root may make a small disk")
    yield folder
    left = list(folder.iterdir())
    subprocess.run(["umount", folder], check=True)
    assert left == []


def test_a_full_disk(large: Tables, full_disk: Path) -> None:
    with pytest.raises(DataError) as raised:
        visits(DuckEngine(threads=1, memory_limit=LITTLE, spill=full_disk), large)
    assert raised.value.what.startswith("there is no room to work in")


def test_a_disk_that_another_fills_up(large: Tables, full_disk: Path) -> None:
    """DuckDB looks at the beginning how much room there is."""
    (other := full_disk / "other").touch()

    def fill(*_: Any) -> None:
        if not other.stat().st_size:
            other.write_bytes(b"x" * 7_800_000)

    engine = DuckEngine(threads=1, memory_limit=LITTLE, spill=full_disk, step=fill)
    with pytest.raises(DataError) as raised:
        visits(engine, large)
    other.unlink()
    assert raised.value.what.startswith("there is no room to work in")


def test_a_folder_to_spill_to_that_is_not_there(large: Tables, tmp_path: Path) -> None:
    with pytest.raises(DataError) as raised:
        visits(DuckEngine(spill=tmp_path / "nowhere"), large)
    assert raised.value.where == str(tmp_path / "nowhere")


@pytest.mark.parametrize("setting", [{"memory_limit": "much"}, {"threads": -1}, {"spill_limit": "10 apples"}])
def test_settings_that_mean_nothing(setting: dict[str, Any], large: Tables, spill: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        visits(DuckEngine(**setting, spill=spill), large)
    assert raised.value.got == repr(next(iter(setting.values())))


# --- progress


def test_progress_is_told_and_only_grows(large: Tables, spill: Path) -> None:
    watcher = Watcher(spill)
    visits(DuckEngine(threads=1, spill=spill, step=watcher), large)
    told = {what: [(done, of) for w, done, of in watcher.told if w == what] for what, _, _ in watcher.told}
    assert list(told) == ["reading leads", "reading events", "reading event types", "measuring", "reading out"]
    assert all(steps == sorted(steps) for steps in told.values())
    assert told["reading events"][-1] == (ROWS, 0)
    assert told["measuring"][-1] == (100, 100)
    assert any(0 < done < 100 for done, _ in told["measuring"])
    assert told["reading out"][-1] == (ROWS // 6, ROWS // 6)


def test_progress_is_told_in_the_thread_of_the_caller(large: Tables, spill: Path) -> None:
    threads = set()
    visits(DuckEngine(threads=2, spill=spill, step=lambda *_: threads.add(threading.current_thread())), large)
    assert threads == {threading.current_thread()}


# --- interruptions


@pytest.mark.parametrize("when", ["reading leads", "reading events", "reading event types", "measuring", "reading out"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_what_a_step_raises_ends_the_reading(when: str, error: type[BaseException], large: Tables, spill: Path) -> None:
    def step(what: str, done: int, of: int) -> None:
        if what == when:
            raise error

    threads = threading.active_count()
    with pytest.raises(error):
        visits(DuckEngine(threads=2, spill=spill, step=step), large)
    assert threading.active_count() == threads


def test_results_may_be_left_unread(large: Tables, spill: Path) -> None:
    threads = threading.active_count()
    results = DuckEngine(threads=2, memory_limit=LITTLE, spill=spill).read(FACTS, large, NOW)
    next(results)
    assert len(list(spill.iterdir())) == 1
    results.close()
    assert (list(spill.iterdir()), threading.active_count()) == ([], threads)


def test_what_a_stream_raises_is_raised(large: Tables, spill: Path) -> None:
    batch = pa.record_batch({"lead_id": ["1"]})

    def batches() -> Iterator[pa.RecordBatch]:
        yield batch
        raise ZeroDivisionError

    stream = pa.RecordBatchReader.from_batches(batch.schema, batches())
    with pytest.raises(ZeroDivisionError):
        visits(DuckEngine(spill=spill), large._replace(leads=stream))


INTERRUPTED = """
import sys
from pathlib import Path
import pyarrow as pa
from features.catalog import Feature, Source
from features.engines.duck import DuckEngine
from features.engines.sources import Tables

def endless():
    while True:
        yield batch

def step(what, done, of):
    if what == "reading events" and done:
        print(what, flush=True)

def main():
    stream = pa.RecordBatchReader.from_batches(batch.schema, endless())
    fact = Feature(name="n", label="n", kind="interest", type="number", source=Source(event="visit"))
    engine = DuckEngine(spill=Path(sys.argv[1]), step=step)
    list(engine.read([fact], Tables(pa.table({"lead_id": ["1"]}), stream), 0))

batch = pa.record_batch({"lead_id": ["1"] * 9, "at": ["2026-11-03"] * 9, "type": ["visit"] * 9})
try:
    main()
except KeyboardInterrupt:
    print("interrupted")
"""


def test_control_c_ends_a_reading_at_once(spill: Path) -> None:
    command = [sys.executable, "-c", INTERRUPTED, str(spill)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "reading events\n"
        running.send_signal(signal.SIGINT)
        out, error = running.communicate(timeout=60)
    assert (out.splitlines()[-1], error) == ("interrupted", "")

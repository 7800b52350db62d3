"""One way to 40 features of every lead of a folder, timed as a process of its own.

    python engine_ways.py ours|query|pandas FOLDER SCRATCH

Prints, as JSON, the leads read, wall and processor seconds, and the largest resident memory in GB.
"""

import json
import sys
from pathlib import Path
from time import perf_counter, process_time

import pandas as pd
from engine_yardsticks import FEATURES, connection, handwritten, pandas_way

from features.engines.duck import DuckEngine
from features.engines.sources import Tables
from features.moments import moment

AS_OF = moment("2026-09-01T00:00:00Z")
MEMORY = "6GB"


def ours(folder: Path, scratch: Path) -> int:
    engine = DuckEngine(memory_limit=MEMORY, threads=2, spill=scratch)
    tables = Tables(folder / "leads.parquet", folder / "events.parquet")
    return sum(len(result) for result in engine.read(FEATURES, tables, AS_OF))


def query(folder: Path, scratch: Path) -> int:
    con = connection(scratch, MEMORY)
    return int(handwritten(con, folder / "events.parquet", folder / "leads.parquet", AS_OF).to_arrow_table().num_rows)


def pandas(folder: Path, _: Path) -> int:
    events = pd.read_parquet(folder / "events.parquet")
    leads = pd.read_parquet(folder / "leads.parquet", columns=["lead_id"])
    return len(pandas_way(events, leads, pd.Timestamp(AS_OF, unit="us", tz="UTC")))


def main(way: str, folder: str, scratch: str) -> None:
    """Run one way and print what it took."""
    start, used = perf_counter(), process_time()
    leads = {"ours": ours, "query": query, "pandas": pandas}[way](Path(folder), Path(scratch))
    status = Path("/proc/self/status").read_text()  # getrusage would count what the parent needed before it started us
    peak = int(status.partition("VmHWM:")[2].split()[0]) / 1e6
    print(json.dumps({"leads": leads, "wall": perf_counter() - start, "cpu": process_time() - used, "peak": peak}))


if __name__ == "__main__":
    main(*sys.argv[1:])

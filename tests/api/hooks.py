"""What Schemathesis is told about this service: what no schema can say, and what must not be done to a running test.

Read by ``st run`` (``described.toml`` names it). ``PROTECTED_KEY``: the id of the key that the run itself uses.
"""

import os
from pathlib import Path
from secrets import randbelow
from uuid import uuid4

import schemathesis

# Requests that fit their shape and still cannot be used, for reasons that no schema can hold.
BEYOND_SCHEMAS = {
    "an event that has not happened yet": "the clock decides",
    "a key cannot expire in the past": "the clock decides",
    "stands twice, or is the lead itself": "one id depends on another",
    "is no stage of the agreement": "the agreement decides",
    "cannot be read as": "the agreement decides which field is a number",
    "too much for one message": "32,000 bytes, however they are shared out",
    "too large a request": "8 MB, however they are shared out",
    "nested too deeply": "JSON Schema has no depth",
    "not a cursor of this list": "a cursor is what a page before gave",
    "nothing to look up": "one of four parameters, of which none is required by itself",
    "more than one thing to look up": "the same",
    "nobody was asked for": "the same, of people",
    "two ids, which may be of two people": "the same, of people",
    "there is no such host": "the names that the network knows decide",
    "is not public": "the names that the network knows decide",
}
# Of a batch the bad messages are named, and it fails only where none is good; files have shapes of their own kind.
JUDGED_BY_CONTENT = ("batch", "proposeAgreement", "importTable")
ENDS_OF_TIME = ("0001-01-01", "9999-12-31")  # in UTC these may be in the years 0 and 10,000, which Python has not
AGREEMENT = (Path(__file__).parents[2] / "training" / "madeup" / "agreement.yaml").read_text("utf-8")
TABLES = {
    "leads": "lead_id,created_at,industry\nL-9,2026-01-01,",
    "events": "event_id,lead_id,at,type\ne-9,L-9,2026-02-01,",
    "outcomes": "lead_id,at,stage\nL-9,2026-03-01,",
}
LOOPBACK = "http://127.0.0.1:9/hook"  # nothing listens there


@schemathesis.hook
def filter_failure(context: schemathesis.HookContext, failure, case, response) -> bool:
    """Keep a failure, unless it is a refusal that no schema can announce."""
    if type(failure).__name__ != "RejectedPositiveData" or response.status_code != 422:
        return True
    if _name(case) in JUDGED_BY_CONTENT:
        return False
    told = response.json()["errors"][0]
    if told["what"].startswith("not a moment in time") and told["got"].strip('"').startswith(ENDS_OF_TIME):
        return False
    return not any(what in told["what"] for what in BEYOND_SCHEMAS)


@schemathesis.serializer("text/csv", "application/gzip", "application/x-gzip", "application/vnd.apache.parquet")
def a_file(context: schemathesis.SerializationContext, value) -> bytes:
    """Files are sent as they are."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case, kwargs) -> None:
    """Keep the run from locking itself out and from calling strangers; let every act be a new one."""
    name = _name(case)
    if name == "revokeKey" and case.path_parameters.get("key_id") == os.environ["PROTECTED_KEY"]:
        case.path_parameters["key_id"] = "0" * 12
    url = case.body.get("url") if name in ("createWebhook", "changeWebhook") and isinstance(case.body, dict) else None
    if isinstance(url, str) and url.startswith("http"):
        case.body = case.body | {"url": LOOPBACK}
    if not _is_good(case):
        return
    if case.headers and isinstance(case.headers.get("Idempotency-Key"), str):
        case.headers["Idempotency-Key"] = uuid4().hex
    if name in ("importTable", "proposeAgreement") and randbelow(2):
        case.body = _real(case, name)


def _real(case: schemathesis.Case, name: str) -> str:
    """A file that can be read, with what was generated in one place of it."""
    if name == "proposeAgreement":
        return AGREEMENT.replace('version: "2026-10"', f'version: "{uuid4().hex}"')
    text = case.body.decode(errors="replace") if isinstance(case.body, bytes) else str(case.body)
    cell = text.replace('"', '""')
    return f'{TABLES.get(case.path_parameters.get("table"), "")}"{cell}"\n'


def _is_good(case: schemathesis.Case) -> bool:
    return case.meta is None or case.meta.generation.mode.is_positive


def _name(case: schemathesis.Case) -> str:
    return str(case.operation.definition.raw.get("operationId"))

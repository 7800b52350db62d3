"""The process that reads the registry, promotes and rolls back; it alone imports MLflow, and it ends when it has.

    python -m serving.versions.child < ORDER > SAID

Where the registry is comes in MLFLOW_TRACKING_URI (empty: the home's own), the store in LEADSCORE_STORE: both may hold
passwords, and are therefore no arguments.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

import msgspec

from features.errors import LeadscoreError
from serving.versions.shapes import DECIDING, Fault, Order, Said, Snapshot

POLITENESS = 5  # how far it stands back behind the service on a busy machine


def main() -> None:
    """Do what the order on the standard input says, and answer on the standard output."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.nice(POLITENESS)
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    answer = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints must not stand in the answer
    with os.fdopen(answer, "wb") as out:
        out.write(msgspec.json.encode(done(order)))


def done(order: Order) -> Said:
    """What came of an order; every error that we know is part of the answer."""
    from training.registry.lock import BusyError, alone

    try:
        if order.work == "read":
            from serving.versions.reading import read

            return Said(snapshot=read(Path(order.home), _uri()))
        from serving.versions.deciding import decide

        with alone(Path(order.home), DECIDING):
            result = decide(order, _uri(), os.environ.get("LEADSCORE_STORE", ""))
            return Said(result=result, snapshot=_as_it_is_now(order))
    except BusyError:
        return Said(busy=True)
    except LeadscoreError as error:
        return Said(fault=_fault(error))


def _as_it_is_now(order: Order) -> Snapshot | None:
    """The registry after a move that was carried out, which stays so whatever happens here."""
    from serving.versions.reading import read

    with suppress(LeadscoreError):
        return read(Path(order.home), _uri())
    return None


def _fault(error: LeadscoreError) -> Fault:
    """An error that a page may show: without the password of the registry's address."""
    from training.registry.place import without_password

    uri = _uri()
    parts = {name: text.replace(uri, without_password(uri)) if uri else text for name, text in error.parts().items()}
    return Fault(**parts)


def _uri() -> str:
    return os.environ.get("MLFLOW_TRACKING_URI", "")


if __name__ == "__main__":
    main()

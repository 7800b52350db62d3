"""Starts the process that knows the registry, and hears what it says; never longer than the time that it has."""

import logging
import os
import subprocess
import sys

import msgspec

from serving.service import Service
from serving.store.place import store_url
from serving.versions.shapes import Fault, Order, Said

log = logging.getLogger("leadscore")
PATIENCE = {"read": 120.0, "promote": 900.0, "roll back": 120.0}  # seconds
COMMAND = (sys.executable, "-m", "serving.versions.child")


def ask(service: Service, order: Order) -> Said:
    """Carry out an order in a process of its own, and wait for it; call it in a thread."""
    settings = service.settings
    named = {
        "LEADSCORE_STORE": store_url(settings.home.resolve(), settings.store),
        "MLFLOW_TRACKING_URI": settings.follow,
    }
    try:
        done = subprocess.run(
            COMMAND,
            input=msgspec.json.encode(order),
            capture_output=True,
            timeout=PATIENCE[order.work],
            check=False,
            env={**os.environ, **named},
        )
    except subprocess.TimeoutExpired:
        return Said(fault=Fault(what="the registry did not answer in time", do="try again, or use the command line"))
    if done.returncode:
        last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        log.error("the process that knows the registry ended with %s: %s", done.returncode, last[:300])
        what, do = "the process that knows the registry failed", "pip install 'leadscore[train]', or see the log"
        return Said(fault=Fault(what=what, got=last[:300], do=do))
    try:
        return msgspec.json.decode(done.stdout, type=Said)
    except msgspec.DecodeError as error:
        return Said(fault=Fault(what="the process that knows the registry gave no answer", got=str(error)))

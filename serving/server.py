"""The process that serves: its socket, its scorecard, its log."""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from features.errors import ConfigError
from serving.app import create_app
from serving.served import Served
from serving.settings import Settings


def serve(settings: Settings, scorecard: Path) -> None:
    """Listen and serve until stopped; raises ConfigError when the port is taken."""
    with listen(settings) as sockets:
        run(settings, scorecard, sockets)


@contextmanager
def listen(settings: Settings) -> Iterator[list[socket.socket]]:
    """Take the port first, so that a taken one is said before any work is done."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # With the protocol named, asyncio switches off Nagle's algorithm on what it accepts: 40 ms a request.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError as error:
            where = f"{settings.host}:{settings.port}"
            do = "stop what listens there, or give another one with --port (make up PORT=9000)"
            raise ConfigError("cannot listen", where=where, got=error.strerror or "", do=do) from None
        yield [listener]


def run(settings: Settings, scorecard: Path, sockets: list[socket.socket]) -> None:
    """Serve on sockets that are already bound; raises ScorecardError when there is nothing to serve."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    served = Served(scorecard, settings.reload_seconds)
    card = served.scorer().card
    log = logging.getLogger("leadscore")
    log.info("serving %s version %s on http://%s:%d", card.name, card.model_version, settings.host, settings.port)
    config = uvicorn.Config(create_app(served, settings), log_level="warning", access_log=False)
    uvicorn.Server(config).run(sockets=sockets)

"""The process that serves: its socket, its store, its scorecards, its log."""

import logging
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from multiprocessing import parent_process
from pathlib import Path
from threading import Thread

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from features.errors import ConfigError, LeadscoreError
from serving.access.first import first_key, is_loopback, refuse_open_door
from serving.app import create_app
from serving.observe import logs
from serving.observe.metrics import share
from serving.programs.follow_process import following
from serving.programs.opening import open_programs
from serving.service import Service
from serving.settings import Settings
from serving.store.place import open_store

log = logging.getLogger("leadscore")


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
    """Serve on sockets that are already bound, in as many processes as there are workers.

    Raises ScorecardError when there is nothing to serve, AgreementError when that is not of the adopted agreement, and
    ConfigError where others could reach a service without keys.
    """
    logs.configure()
    _prepare(settings, scorecard)
    worker = Worker(settings, scorecard)
    several = settings.workers > 1
    follows = following(settings.home, settings.store, settings.follow, settings.follow_every)
    if several:
        share(settings.home / "metrics")
    config = uvicorn.Config(
        worker,
        factory=True,
        workers=settings.workers,
        log_config=None,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=settings.grace,
    )
    with follows if settings.follow else nullcontext():
        if several:
            Multiprocess(config, sockets).run()
        else:
            uvicorn.Server(config).run(sockets=sockets)


@dataclass(frozen=True)
class Worker:
    """Makes the app of one process, whose connections end with it."""

    settings: Settings
    scorecard: Path

    def __call__(self) -> FastAPI:
        """The app; one of several workers ends where it cannot be made, and is started again."""
        logs.configure()
        if self.settings.workers == 1:
            return self._app()
        end_with_parent()
        try:
            return self._app()
        except LeadscoreError as error:
            log.error("a worker cannot start: %s: %s", error.what, error.got)
            raise SystemExit(1) from None

    def _app(self) -> FastAPI:
        store = open_store(self.settings.home, self.settings.store)
        return create_app(Service(self.settings, store, open_programs(self.settings, store, self.scorecard)))


def end_with_parent() -> None:
    """Stop, as when told to, once the process is gone that started this one: nobody else knows of it, or its port."""
    parent = parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    Thread(target=watch, name="parent", daemon=True).start()


def _prepare(settings: Settings, scorecard: Path) -> None:
    """What is done once, before any worker begins; the first start on this machine alone makes a key and prints it."""
    with closing(open_store(settings.home, settings.store)) as store:
        refuse_open_door(settings.host, store)
        card = open_programs(settings, store, scorecard).leads.card
        if not is_loopback(settings.host) and not settings.public_url.startswith("https:"):
            log.warning("what people and programs sign in with is sent unencrypted: give --public-url https://...")
        key = first_key(store, settings.home) if is_loopback(settings.host) else None
        if key:
            print(f"The first key, with every right (also in {settings.home / 'key'}): {key}", flush=True)
        where = f"http://{settings.host}:{settings.port}"
        log.info("serving %s version %s on %s", card.name, card.model_version, where)

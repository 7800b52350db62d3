"""A line to PostgreSQL that breaks at the worst moment: when a commit is done, and its answer on the way."""

import socket
from contextlib import suppress
from pathlib import Path
from threading import Thread

from sqlalchemy import make_url

NAME = ".s.PGSQL.5432"


class CutLine:
    """Passes on what is said between a server and its callers; ``url`` leads through it.

    cut_after: once this text was sent, and answered, the line breaks before the answer comes through; empty: never
    """

    def __init__(self, url: str, folder: Path) -> None:
        self._there = f"{make_url(url).query['host']}/{NAME}"
        self.url = make_url(url).update_query_dict({"host": str(folder)}).render_as_string(hide_password=False)
        self.cut_after, self.cuts = b"", 0
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / NAME))
        self._listener.listen()
        self._open: list[socket.socket] = [self._listener]
        Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        for each in self._open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                here, _ = self._listener.accept()
                there = socket.socket(socket.AF_UNIX)
                there.connect(self._there)
                self._open += [here, there]
                Thread(target=self._pass_on, args=(here, there), daemon=True).start()
                Thread(target=self._answer, args=(there, here), daemon=True).start()

    def _pass_on(self, here: socket.socket, there: socket.socket) -> None:
        with suppress(OSError):
            while data := here.recv(65_536):
                if self.cut_after and self.cut_after in data:
                    here.shutdown(socket.SHUT_WR)  # no answer is written to it any more
                    self.cut_after, self.cuts = b"", self.cuts + 1
                there.sendall(data)
            there.shutdown(socket.SHUT_WR)

    def _answer(self, there: socket.socket, here: socket.socket) -> None:
        with suppress(OSError):
            while data := there.recv(65_536):
                here.sendall(data)
            here.shutdown(socket.SHUT_WR)

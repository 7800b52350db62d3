"""The settings of the service, in one frozen object. The command line fills it from options and environment."""

from pathlib import Path

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Where things are, and the limits of the service.

    home: folder of models and embedded data; host, port: where to listen
    max_body: bytes of a request
    reload_seconds: how often at most the scorecard file is looked at for a new version
    """

    home: Path = Path(".leadscore")
    host: str = "127.0.0.1"
    port: int = 8000
    max_body: int = 8_000_000
    reload_seconds: float = 1.0

    @property
    def scorecard(self) -> Path:
        """The champion's scorecard, as training exported it."""
        return self.home / "scorecard.json"

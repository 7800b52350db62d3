"""The settings of the service and the command line, read once into one frozen object.

Environment variables (each with the same meaning as the command-line option that overrides it):

    LEADSCORE_HOME       folder of models and embedded data (default .leadscore)
    LEADSCORE_HOST       address to listen on (default 127.0.0.1)
    LEADSCORE_PORT       port to listen on (default 8000)
    MLFLOW_TRACKING_URI  an MLflow server to log to (default: SQLite in the home)
"""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from features.errors import ConfigError


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Where things are, and the limits of the service.

    max_body: bytes of a request; max_events: events of one lead; max_batch: leads of one batch
    reload_seconds: how often at most the scorecard file is looked at for a new version
    """

    home: Path = Path(".leadscore")
    host: str = "127.0.0.1"
    port: int = 8000
    tracking_uri: str = ""
    max_body: int = 8_000_000
    max_events: int = 10_000
    max_batch: int = 1_000
    reload_seconds: float = 1.0

    @property
    def scorecard(self) -> Path:
        """The champion's scorecard, as training exported it."""
        return self.home / "scorecard.json"


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Settings from environment variables; raises ConfigError when the port is no port."""
    port = environment.get("LEADSCORE_PORT", "8000")
    if not port.isdigit() or not 0 < int(port) < 65_536:
        raise ConfigError("not a port", where="LEADSCORE_PORT", got=repr(port), allowed="1 to 65535")
    return Settings(
        home=Path(environment.get("LEADSCORE_HOME", ".leadscore")),
        host=environment.get("LEADSCORE_HOST", "127.0.0.1"),
        port=int(port),
        tracking_uri=environment.get("MLFLOW_TRACKING_URI", ""),
    )

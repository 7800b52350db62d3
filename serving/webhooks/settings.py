"""The settings of webhooks, in one frozen object."""

from pathlib import Path

import msgspec

from features.errors import ConfigError


class WebhookSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How webhooks are delivered; raises ConfigError where a lease would run out during an attempt.

    allow_private: let receivers be in-house (private and loopback addresses, plain http)
    ca_file: certificates to trust beside those of the machine, for receivers with one of an in-house authority
    timeout: seconds for one attempt, from looking up the name to the last byte of the answer
    lease: seconds after which another worker takes over a delivery whose worker is gone; at least twice ``timeout``
    threads: most deliveries under way at a time; per_endpoint: most of them to one endpoint
    poll: seconds between looks for what is due and was not announced by ``wake``
    """

    allow_private: bool = False
    ca_file: Path | None = None
    timeout: float = 15.0
    lease: float = 60.0
    threads: int = 32
    per_endpoint: int = 4
    poll: float = 1.0

    def __post_init__(self) -> None:
        if self.lease < 2 * self.timeout:
            what = "a delivery would be taken over while it is under way"
            raise ConfigError(what, where="lease", got=f"{self.lease:g} s", allowed=f"{2 * self.timeout:g} s or more")

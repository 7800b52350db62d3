"""The settings of the service, in one frozen object. The command line fills it from options and environment."""

from pathlib import Path

import msgspec

from serving.crm.config import CrmConfig
from serving.people.retention import Retention
from serving.signin.origins import checked_address, checked_frames
from serving.signin.settings import SignInSettings
from serving.webhooks.settings import WebhookSettings


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Where things are, and the limits of the service.

    home: folder of models and embedded data; host, port: where to listen
    store: the database's URL; empty: a SQLite file in the home
    workers: processes that serve
    max_body: bytes of a request; max_import: of a file to be imported
    reload_seconds: how often at most the scorecard file is looked at for a new version
    per_minute: most requests of a key that has no limit of its own; 0: none
    cors_origins: web pages that may call from a browser
    jobs: whether this service rescores, watches SLAs and delivers webhooks; else another one, or cron, does
    follow: the MLflow registry elsewhere whose champion is fetched into the home; empty: none; follow_every: seconds
    grace: seconds that requests under way may take when the service stops
    language: of pages and webhooks, and of answers to who asks for none; empty: pages as the browser asks, else English
    frames: the origins in whose frames a lead's card may stand (``https://app.hubspot.com``)
    public_url: where people reach the service (``https://leads.acme.example``); empty: only on this machine, or unknown
    signin: how people sign in to the pages
    crm: the CRMs that are kept up to date with scores and stages
    retention: for how long what is stored is kept; contact: whom somebody may ask about their data
    Raises ConfigError for frames and addresses that are none.
    """

    home: Path = Path(".leadscore")
    host: str = "127.0.0.1"
    port: int = 8000
    store: str = ""
    workers: int = 1
    max_body: int = 8_000_000
    max_import: int = 4_000_000_000
    reload_seconds: float = 1.0
    per_minute: int = 0
    cors_origins: tuple[str, ...] = ()
    jobs: bool = True
    follow: str = ""
    follow_every: float = 60.0
    grace: int = 20
    language: str = ""
    frames: tuple[str, ...] = ()
    public_url: str = ""
    signin: SignInSettings = SignInSettings()
    crm: tuple[CrmConfig, ...] = ()
    retention: Retention = Retention()
    contact: str = ""
    webhooks: WebhookSettings = WebhookSettings()

    def __post_init__(self) -> None:
        checked_frames(self.frames)
        checked_address(self.public_url)

    @property
    def scorecard(self) -> Path:
        """The champion's scorecard, as training exported it."""
        return self.home / "scorecard.json"

    @property
    def customers_scorecard(self) -> Path:
        """The scorecard of the program for those who have bought, if there is one."""
        return self.home / "customers" / "scorecard.json"

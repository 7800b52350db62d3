"""The file that says which CRM gets what: read once into one frozen object, with everything that it leaves to us."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

import msgspec

from features.catalog import Strict
from serving.crm.secret import Secret

Kind = Literal["hubspot", "salesforce", "dynamics", "odoo"]
PROFILE = "profile."
SCORES = "msdyn_predictivescores"


class Credentials(Strict, frozen=True, kw_only=True):
    """What the CRM knows us by; each where it is kept, never itself.

    token: HubSpot's access token of a private app, or Odoo's API key
    client_id: of the app, for Salesforce and Dynamics 365
    client_secret: of the app, for Salesforce and Dynamics 365
    """

    token: Secret | None = None
    client_id: Secret | None = None
    client_secret: Secret | None = None


class CrmConfig(Strict, frozen=True, kw_only=True):
    """Which CRM gets what of which leads.

    connector: hubspot, salesforce, dynamics or odoo
    name: what this connection is called; what was sent is remembered under it
    address: where the CRM answers, such as https://contoso.crm.dynamics.com
    program: of which program the scores are: leads or customers
    credentials: where they are kept
    object: the CRM's table
    find_by: by what of ours a lead is found there: lead_id, email, or profile.NAME, a field with the CRM's id
    find_in: the CRM's property that holds it; empty: the CRM's own id of the record
    fields: what is written where, such as score: leadscore_score
    stages: only leads that stand in one of these; who was sent once is kept up to date
    public_url: where people reach this service, for card_url
    language: of texts: en, de or zh
    decimals: of points; fewer of them make fewer changes
    longest: characters of a text; longer ones are cut
    timeout: seconds for one request
    api_version: of the CRM's interface
    database: Odoo's, where it has several
    tenant: the directory of Dynamics 365 in Microsoft Entra
    login: where Dynamics 365 gives tokens
    """

    connector: Kind
    address: str
    credentials: Credentials
    name: str = ""
    program: str = "leads"
    object: str = ""
    find_by: str = ""
    find_in: str | None = None
    fields: dict[str, str] = msgspec.field(default_factory=dict)
    stages: tuple[str, ...] = ()
    public_url: str = ""
    language: Literal["en", "de", "zh"] = "en"
    decimals: int = 1
    longest: int = 0
    timeout: float = 30.0
    api_version: str = ""
    database: str = ""
    tenant: str = ""
    login: str = "https://login.microsoftonline.com"

    @property
    def profile_field(self) -> str:
        """The field of a lead's profile that it is found by; empty where it is another one."""
        return self.find_by.removeprefix(PROFILE) if self.find_by.startswith(PROFILE) else ""


class Usual(NamedTuple):
    """What a file may leave out."""

    object: str
    find_by: str
    find_in: str
    fields: Mapping[str, str]
    longest: int
    api_version: str
    secrets: tuple[str, ...]


_NAMES = ("score", "grade", "stage", "stage_next", "points_to_next", "trend", "probability", "summary")
_MOST = (*_NAMES, "reason_1", "reason_2", "reason_3", "scored_at")


def _prefixed(prefix: str, suffix: str = "") -> dict[str, str]:
    return {name: f"{prefix}{name}{suffix}" for name in _MOST}


_APP = ("client_id", "client_secret")
USUAL: Mapping[Kind, Usual] = {
    "hubspot": Usual("contacts", "email", "email", _prefixed("leadscore_"), 65_536, "v3", ("token",)),
    "salesforce": Usual("Lead", "lead_id", "Leadscore_Id__c", _prefixed("Leadscore_", "__c"), 255, "v62.0", _APP),
    "dynamics": Usual(SCORES, "", "", {}, 4_000, "v9.2", _APP),
    "odoo": Usual("crm.lead", "email", "email_normalized", _prefixed("x_leadscore_"), 4_000, "", ("token",)),
}
OF_SCORES = {"score": "msdyn_score", "grade": "msdyn_grade", "trend": "msdyn_scoretrend"}


def completed(config: CrmConfig) -> CrmConfig:
    """With everything that the file leaves out."""
    usual = USUAL[config.connector]
    table = config.object or usual.object
    fields = config.fields or (OF_SCORES if table == SCORES else usual.fields)
    if table == "leads" and config.connector == "dynamics":
        fields = config.fields or _prefixed("new_leadscore_")
    find_by = config.find_by or usual.find_by
    find_in = config.find_in
    if find_in is None:
        find_in = "" if find_by.startswith(PROFILE) else usual.find_in if find_by == usual.find_by else ""
    return msgspec.structs.replace(
        config,
        name=config.name or config.connector,
        address=config.address.rstrip("/"),
        object=table,
        find_by=find_by,
        find_in=find_in,
        fields=dict(fields),
        public_url=config.public_url.rstrip("/"),
        longest=config.longest or usual.longest,
        api_version=config.api_version or usual.api_version,
        login=config.login.rstrip("/"),
    )

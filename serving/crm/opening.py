"""From what a file says to a connector that is ready to send."""

from collections.abc import Callable

from serving.crm.bearers import Given, Kept
from serving.crm.config import CrmConfig
from serving.crm.connector import Connector
from serving.crm.dynamics import Dynamics
from serving.crm.hubspot import HubSpot
from serving.crm.line import Line
from serving.crm.odoo import Odoo
from serving.crm.salesforce import Salesforce
from serving.crm.secret import Secret
from serving.crm.session import Session

_NONE = Secret()


def connected(config: CrmConfig, before: Callable[[], None] = lambda: None) -> Connector:
    """The connector of a connection; ``before``: called ahead of each request. Nothing is sent yet."""
    line = Line(config.address, config.timeout, before)
    given = config.credentials
    app = given.client_id or _NONE, given.client_secret or _NONE
    match config.connector:
        case "hubspot":
            return HubSpot(config, Session(line, Kept(given.token or _NONE)))
        case "odoo":
            return Odoo(config, Session(line, Kept(given.token or _NONE, "bearer")))
        case "salesforce":
            bearer = Given(line, f"{config.address}/services/oauth2/token", app, {}, moves=True)
            return Salesforce(config, Session(line, bearer))
        case "dynamics":
            url = f"{config.login}/{config.tenant}/oauth2/v2.0/token"
            return Dynamics(config, Session(line, Given(line, url, app, {"scope": f"{config.address}/.default"})))

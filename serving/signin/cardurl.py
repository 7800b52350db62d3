"""The signed address of a lead's card in what other systems are told, so that a CRM can keep it in a field.

It is put in as a message is sent and is never stored: what is stored of a person may be given to that person, who is
not to work its own lead.
"""

from typing import NamedTuple

import orjson

from features.moments import DAY, moment
from serving.programs.service import LEADS
from serving.signin.links import DAYS, Link, Links, address
from serving.webhooks.message import MAX_BYTES

NAME = "crm"  # by whom acts are signed that such a link leads to


class CardUrls(NamedTuple):
    """Makes addresses of cards; ``base``: the public address of the service, empty where it has none."""

    links: Links
    base: str

    def of(self, lead_id: str, program: str, at: int) -> str:
        """The address of a lead's card, which opens it for 30 days from a moment; empty without a public address."""
        link = Link(lead_id, program, NAME, at + DAYS * DAY)
        return address(self.base, link, self.links.signed(link)) if self.base else ""

    def added(self, payload: str) -> str:
        """A webhook's payload with ``data.card_url``, the same however often it is sent; as it is where it has no lead,
        or no room.
        """
        if not self.base:
            return payload
        told = orjson.loads(payload)
        data = told["data"]
        if "lead_id" not in data:
            return payload
        data["card_url"] = self.of(data["lead_id"], data.get("program", LEADS), moment(told["timestamp"]))
        longer = orjson.dumps(told).decode()
        return longer if len(longer.encode()) <= MAX_BYTES else payload

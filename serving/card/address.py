"""Where a lead's card is."""

from urllib.parse import quote, urlencode

from serving.programs.service import LEADS

CARDS = "/crm/leads/"


def card_address(lead_id: str, program: str = LEADS, **query: str) -> str:
    """The path of a card; ``query``: what else stands in its address, such as the token of a link.

    >>> card_address("a/b c?"), card_address("L-1", "customers", link="T")
    ('/crm/leads/a%2Fb%20c%3F', '/crm/leads/L-1?program=customers&link=T')
    """
    told = ({} if program == LEADS else {"program": program}) | query
    return CARDS + quote(lead_id, safe="") + (f"?{urlencode(told)}" if told else "")

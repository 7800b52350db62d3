"""Lead ids in addresses: any text, slashes included, which servers hand over as if they had not been encoded."""

from starlette.convertors import Convertor, register_url_convertor

from serving.process.moves import ACTIONS

PARTS = (*ACTIONS, "assign", "feedback", "score", "changes", "explanation", "link")
LEAD = "/leads/{lead_id:lead}"


class LeadIdConvertor(Convertor[str]):
    """All of an address but what may come after an id, so that ``a/b/accept`` is the lead ``a/b`` and an act on it.

    A lead whose own id ends so (``a/accept``) is acted on, but not read.
    """

    regex = f"(?:(?!/(?:{'|'.join(PARTS)})$)(?s:.))+"

    def convert(self, value: str) -> str:
        """The id."""
        return value

    def to_string(self, value: str) -> str:
        """The id."""
        return value


register_url_convertor("lead", LeadIdConvertor())

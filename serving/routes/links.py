"""``GET /v1/leads/{lead_id}/link``: the signed address of a lead's card, for a CRM that has a field for it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AfterValidator, BaseModel, Field

from features.moments import DAY, iso
from serving.access.caller import SCOPES, Caller
from serving.access.guard import needs
from serving.access.refusals import NotAllowed
from serving.fields import NO_NUL, plain_text
from serving.programs.service import LEADS
from serving.routes.leadid import LEAD
from serving.routes.leads import LeadId, Text
from serving.routes.problems import may
from serving.service import Service
from serving.signin.links import DAYS, MOST_DAYS, Link, address, noted
from serving.strictjson import StrictJson

Acting = Annotated[Caller, Depends(needs("act"))]
By = Annotated[str, Query(max_length=200, json_schema_extra=NO_NUL), AfterValidator(plain_text)]


class LinkOut(BaseModel):
    """A link to a lead's card."""

    lead_id: str
    program: str
    url: str = Field(
        description="opens the card, and nothing else, without signing in; whoever has it may act on the lead"
    )
    expires_at: str
    by: str = Field(description="the name by which acts are signed that the link leads to")


def link_routes(service: Service) -> APIRouter:
    """The one route; before those of leads, whose ids may hold slashes."""
    router = APIRouter(prefix="/v1", tags=["leads"], route_class=StrictJson)

    @router.get(f"{LEAD}/link", responses=may(404, 422), summary="An address that opens its card")
    def link_lead(
        request: Request,
        lead_id: LeadId,
        caller: Acting,
        program: Text = LEADS,
        days: Annotated[int, Query(ge=1, le=MOST_DAYS)] = DAYS,
        by: By = "",
    ) -> LinkOut:
        """For a button or a field of a CRM. It ends after `days`, or once the key that asked for it is revoked.

        Needs the scope `read` as well: whoever has the link reads the lead and acts on it.
        """
        if "read" not in caller.scopes:
            raise NotAllowed("read", " ".join(scope for scope in SCOPES if scope in caller.scopes))
        service.programs.named(program)
        at = service.clock()
        link = Link(lead_id, program, by or caller.name, at + days * DAY, caller.key_id)
        service.store.write(lambda c: noted(c, caller, link, at))
        base = service.settings.public_url or str(request.base_url).rstrip("/")
        url = address(base, link, request.app.state.signin.links.made(link))
        return LinkOut(lead_id=lead_id, program=program, url=url, expires_at=iso(link.expires_at), by=link.name)

    return router

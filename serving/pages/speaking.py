"""In which language and time zone a page speaks: what was chosen, else the setting, else what the browser asks for."""

from starlette.requests import Request

from serving.service import Service
from serving.words.asked import language_of
from serving.words.words import Words, known, words_of

COOKIE = "leadscore_language"
CHOSEN = "language"  # in the address: chooses from then on


def words_for(request: Request, service: Service) -> Words:
    """The words for whoever sent a request."""
    return words_of(_language(request, service.settings.language), zone_of(service))


def zone_of(service: Service) -> str:
    """Where the clocks of the teams are: the zone of their business hours."""
    hours = service.programs.leads.agreement.process.business_hours
    return hours.zone if hours else "UTC"


def chosen(request: Request) -> str:
    """The language that the address chooses; empty where it chooses none."""
    asked = request.query_params.get(CHOSEN, "")
    return asked if known(asked) else ""


def _language(request: Request, setting: str) -> str:
    kept = request.cookies.get(COOKIE, "")
    return chosen(request) or (kept if known(kept) else "") or setting or asked_language(request)


def asked_language(request: Request) -> str:
    """What the browser, or another caller, asks for."""
    return language_of(request.headers.get("accept-language", ""))

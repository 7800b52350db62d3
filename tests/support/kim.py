"""Kim, of whom a store holds whatever it can hold of a person, and her colleague Lee."""

from brought import bring
from desk import HEAD_OF_IT, HOUR, START, Desk
from sqlalchemy import insert

from serving.access import audit
from serving.access.caller import SYSTEM
from serving.leads.acts import act, say
from serving.process.moves import Why
from serving.store.schema import crm_sent, visits
from serving.webhooks import endpoints
from serving.webhooks.filters import Filters

KIM, LEE = "kim-of-acme-17", "lee-of-acme-18"


def kim_and_lee(desk: Desk) -> Desk:
    """Kim and Lee of one company. Of Kim there is something in every table that can hold something of a person."""
    store = desk.store
    crm = {"filters": Filters(), "description": "the CRM"}
    store.write(lambda c: endpoints.create(c, START, "https://crm.example/hooks/secret", **crm))
    desk.identify(LEE, **HEAD_OF_IT | {"email": "Lee.Stone@acme.example"})
    desk.track(None, "page_view", anonymous="device-of-kim", path="/pricing")
    desk.identify(KIM, anonymous="device-of-kim", **HEAD_OF_IT | {"email": "Kim.Berg@acme.example", "hobby": "chess"})
    for path in ("/pricing", "/team"):
        desk.track(KIM, "page_view", path=path)
    desk.track(KIM, "newsletter_read", title="for kim.berg@acme.example")
    desk.group(KIM, "acme-group", city="Kiel")
    desk.group(LEE, "acme-group")
    desk.later(HOUR)
    desk.track(LEE, "email_clicked")
    desk.track(KIM, "demo_requested")
    why = Why("rep", "no need now", "said Kim.Berg@acme.example")
    store.write(lambda c: act(c, desk.programs, KIM, "recycle", why, desk.now))
    store.write(lambda c: say(c, desk.programs, KIM, "poor", Why("rep", "", "Kim is rude"), desk.now))
    store.write(lambda c: audit.note(c, SYSTEM, "lead.recycle", KIM, {"program": "leads"}, at=desk.now))
    seen = {"program": "leads", "visitor": "cli:rep", "at": desk.now, "before": None, "last_at": desk.now}
    store.write(lambda c: c.execute(insert(visits).values(lead_id=KIM, **seen)))
    sent = {"connector": "hubspot", "program": "leads", "digest": "d1", "tried": "", "at": desk.now, "state": "sent"}
    rest = {"attempts": 0, "last_error": "", "score_id": 1, "change_id": 1}
    store.write(lambda c: c.execute(insert(crm_sent).values(lead_id=KIM, **sent, **rest)))
    bad = {"lead_id": KIM, "created_at": "2026-01-01", "email": "kim.berg@acme.example\0"}
    bring(desk, "leads", [bad, bad | {"lead_id": "other", "email": "x\0"}])
    return desk

"""Asking a service over HTTP as a caller does: what it answered, and how long that took."""

import time
from typing import Any, NamedTuple

import httpx2

SOON = 2.0  # seconds; a service that is well answers in milliseconds, but the machine may be busy
HEAD_OF_IT = {"email": "kim@acme.example", "job_title": "Head of IT", "industry": "software", "employees": 320}


class Answered(NamedTuple):
    """An answer; ``status`` is 0 where none came."""

    status: int
    seconds: float
    headers: httpx2.Headers
    json: Any

    @property
    def not_now(self) -> bool:
        """Whether it says, as a problem, that it should be asked again later."""
        is_problem = self.headers.get("content-type") == "application/problem+json"
        return self.status == 503 and is_problem and int(self.headers.get("retry-after", 0)) >= 1


class Asking:
    """A caller with a key that may do anything."""

    def __init__(self, url: str, headers: dict[str, str], timeout: float = 60.0) -> None:
        self._http = httpx2.Client(base_url=url, headers=headers, timeout=timeout)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Answered:
        began = time.monotonic()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            answer = self._http.request(method, path, json=body, headers=named)
        except httpx2.TransportError:
            return Answered(0, time.monotonic() - began, httpx2.Headers(), None)
        found = answer.json() if answer.content else None
        return Answered(answer.status_code, time.monotonic() - began, answer.headers, found)

    def get(self, path: str) -> Answered:
        return self("GET", path)

    def patiently(self, method: str, path: str, body: Any = None, seconds: float = 20.0, **headers: str) -> Answered:
        """As long as the answer is "not now", ask again, as it says."""
        end = time.monotonic() + seconds
        while (answered := self(method, path, body, **headers)).not_now and time.monotonic() < end:
            time.sleep(0.1)
        return answered

    def track(self, user: str, message_id: str, event: str = "page_view", **properties: Any) -> Answered:
        return self("POST", "/v1/track", tracked(user, message_id, event, **properties))

    def identify(self, user: str, **traits: Any) -> Answered:
        return self("POST", "/v1/identify", {"userId": user, "traits": HEAD_OF_IT | traits})

    def score(self) -> Answered:
        """The score of a lead that is sent along; nothing is stored."""
        return self("POST", "/v1/score", {"lead_id": "L-0", "profile": HEAD_OF_IT, "events": []})

    def events_of(self, user: str) -> list[str]:
        """The ids of what a lead did, the latest first; none of a lead that is not there."""
        found = self.patiently("GET", f"/v1/leads/{user}")
        return [event["event_id"] for event in found.json["timeline"]] if found.status == 200 else []

    def close(self) -> None:
        self._http.close()


def tracked(user: str, message_id: str, event: str = "page_view", **properties: Any) -> dict[str, Any]:
    """The body of a track call."""
    return {"userId": user, "messageId": message_id, "event": event, "properties": properties}

"""What a lead did, as a rep reads it: the latest first, by the titles that marketing knows, repeats of a day as one."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from features.agreement import Agreement
from features.moments import DAY, moment
from features.selections import Selections

TITLES = ("title", "name", "page_title", "subject", "campaign", "path", "url", "product", "plan")


class Done(NamedTuple):
    """Something that the lead did, ``times`` times on a day, the last time at a moment.

    type: of the event; title: of the page, the mailing, the product; empty where nothing is known
    counts_for: the labels of the agreed facts that read such an event
    """

    type: str
    title: str
    at: int
    times: int
    counts_for: tuple[str, ...]


class Titles:
    """Which agreed facts an event counts for, by one agreement; ``labels``: what facts are called, by name."""

    def __init__(self, agreement: Agreement, labels: Mapping[str, str]) -> None:
        facts = [fact for _, fact in agreement.facts if fact.event is not None and fact.event != "any"]
        self._selections = Selections(facts)
        self._labels: dict[int, list[str]] = {}
        for fact in facts:
            self._labels.setdefault(self._selections.number(fact), []).append(labels[fact.fact])

    def of(self, kind: str, properties: Mapping[str, Any]) -> tuple[str, ...]:
        """The labels of the facts."""
        return tuple(label for i in self._selections.of(kind, properties) for label in self._labels[i])


def timeline_of(events: Sequence[Mapping[str, Any]], titles: Titles) -> list[Done]:
    """The timeline of ``serving.leads.detail``, told for people; the same thing on one day is one entry."""
    told = [_done(event, titles) for event in events]
    same: dict[tuple[int, str, str], list[Done]] = {}
    for done in told:
        same.setdefault((done.at // DAY, done.type, done.title), []).append(done)
    return [times[0]._replace(times=len(times)) for times in same.values()]


def _done(event: Mapping[str, Any], titles: Titles) -> Done:
    properties = event["properties"]
    title = next((str(properties[name]) for name in TITLES if isinstance(properties.get(name), str | int | float)), "")
    return Done(event["type"], title, moment(event["at"]), 1, titles.of(event["type"], properties))

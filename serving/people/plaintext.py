"""An explanation as plain text, to be sent as it is."""

from collections.abc import Iterable, Iterator, Mapping
from textwrap import wrap
from typing import Any

WIDTH = 88


def plain(told: Mapping[str, Any]) -> str:
    """The text; ``told``: as ``explanation`` gives it."""
    return "\n".join(_lines(told)) + "\n"


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    yield f"How your score came about ({told['lead_id']}, as of {told['as_of']})"
    yield from _section("What it is for", told["purpose"])
    yield from _section("How it is computed", told["procedure"])
    yield from _section("The result", _result(told))
    yield from _section("What counted", [_fact(fact) for fact in told["facts"]] or ["Nothing counted."])
    yield from _section("What was looked at, but gave no points", told["without_effect"] or ["Nothing else."])
    yield from _section("Which data were read, and where they come from", map(_data, told["data"]))
    yield from _section("What is held of you, but was not used", _not_used(told["not_used"]))
    yield from _section("Who decides", [*map(_decision, told["decisions"]), *map(_exclusion, told["exclusions"])])
    yield from _section("Who was told", map(_recipient, told["recipients"]) if told["recipients"] else ["Nobody else."])
    yield from _section("For how long data are kept", [f"{k['what']}: {k['how_long']}" for k in told["kept"]])
    yield from _section("What you may ask for", told["rights"])


def _section(title: str, texts: Iterable[str]) -> Iterator[str]:
    yield ""
    yield title.upper()
    for text in texts:
        yield from wrap(text, WIDTH, initial_indent="- ", subsequent_indent="  ", break_long_words=False)


def _result(told: Mapping[str, Any]) -> list[str]:
    placed = f"You are in the stage {told['standing']['stage']}, which {told['standing']['owner']} works on."
    if told["result"] is None:
        return [f"There is no score: {told['fault']}.", placed]
    result = told["result"]
    sums = f"{result['base']:.1f} points that everybody has, and the points below: {result['score']:.1f} in all."
    share = f"Of 100 people with such a score, about {100 * result['probability']:.0f} come that far within "
    excluded = told["standing"]["excluded"]
    return [
        sums,
        f"{share}{result['horizon_days']:g} days.",
        placed,
        *([f"You are not approached at all: {excluded}."] if excluded else []),
    ]


def _fact(fact: Mapping[str, Any]) -> str:
    points = f"{fact['points']:+.1f} points (agreed {fact['agreed']:+.1f}, learned {fact['learned']:+.1f})"
    source = f", read from {fact['read_from']}" if fact["read_from"] else ""
    return f"{fact['text']}: {points}{source}"


def _data(data: Mapping[str, Any]) -> str:
    used = "; ".join(f"{name}: {_used(value)}" for name, value in data["used"].items()) or "nothing"
    return f"{data['category']}: {used}. From {data['where_from']}."


def _used(value: Any) -> str:
    if isinstance(value, Mapping):
        times = value["times"]
        return f"{times} {'time' if times == 1 else 'times'}, {value['first'][:10]} to {value['last'][:10]}"
    return "unknown" if value is None else str(value)


def _not_used(not_used: Mapping[str, list[str]]) -> list[str]:
    said = [f"{kind}: {', '.join(names)}" for kind, names in not_used.items() if names]
    return said or ["Nothing."]


def _decision(decision: Mapping[str, str]) -> str:
    return f"{decision['stage']} ({decision['definition']}): {decision['by']}; then with {decision['owner']}"


def _exclusion(exclusion: Mapping[str, str]) -> str:
    reason = f" ({exclusion['reason']})" if exclusion["reason"] else ""
    return f"Not approached at all, by the program: {exclusion['name']}{reason}, where {exclusion['when']}"


def _recipient(recipient: Mapping[str, str]) -> str:
    return f"{recipient['host']}: {recipient['description']}" if recipient["description"] else recipient["host"]

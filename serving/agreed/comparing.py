"""Two versions of an agreement side by side: everything that they say otherwise, in the reader's language."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from features.agreement import Agreement
from serving.agreed.content import Content, ExampleText, FactText, StageText, TestText, content_of
from serving.words.words import Words

Said = dict[tuple[str, str], dict[str, str]]  # by section and thing: each part that is said of it


class Change(NamedTuple):
    """One thing that is said otherwise; ``before`` or ``after`` is empty where nothing is said.

    section: such as the stages; thing: which of them; part: what of it, empty where the whole came or went
    """

    section: str
    thing: str
    part: str
    before: str
    after: str


def changes(t: Words, before: Agreement, after: Agreement) -> list[Change]:
    """What ``after`` says otherwise than ``before``, in the order of the file; facts are matched by their names."""
    contents = [content_of(t, agreement) for agreement in (before, after)]
    old, new = (_said(t, content) for content in contents)
    labels = {fact.name: fact.label for content in contents for fact in content.facts}
    facts = {t("agreement.fit"), t("agreement.interest")}
    found = [change for key in {**new, **old} for change in _changes(t, key, old.get(key), new.get(key))]
    return [c._replace(thing=labels[c.thing]) if c.section in facts else c for c in found]


def _changes(
    t: Words, key: tuple[str, str], old: dict[str, str] | None, new: dict[str, str] | None
) -> Iterator[Change]:
    if old is None or new is None:
        whole = [t("agreement.and_more").join(filter(None, (said or {}).values())) for said in (old, new)]
        yield Change(*key, "", whole[0], whole[1])
        return
    for part in {**old, **new}:
        was, now = old.get(part, ""), new.get(part, "")
        if was != now:
            yield Change(*key, part, was, now)


def _said(t: Words, content: Content) -> Said:
    """All that is said, by section and thing."""
    found: Said = {(t("agreement.about"), ""): dict(_about(t, content))}
    found |= {(t(f"agreement.{fact.kind}"), fact.name): _fact(t, fact) for fact in content.facts}
    for section in ("exclusions", "fast_tracks", "personas", "phases"):
        found |= {(t(f"agreement.{section}"), test.name): _test(t, test) for test in getattr(content, section)}
    found |= {(t("agreement.stages"), stage.name): _stage(t, stage) for stage in content.stages}
    found[t("agreement.process"), ""] = dict(content.process)
    found |= {
        (t("agreement.offers"), f"{one.title} ({one.persona}, {one.phase})"): {
            t("agreement.address"): one.url,
            t("agreement.why"): one.why,
        }
        for one in content.offers
    }
    found |= {
        (t("agreement.quadrant"), name): {t("agreement.fit"): fit, t("agreement.interest"): interest}
        for name, fit, interest in content.quarters
    }
    return found | {(t("agreement.examples"), one.name): _example(t, one) for one in content.examples}


def _about(t: Words, content: Content) -> Iterator[tuple[str, str]]:
    yield t("agreement.name"), content.name
    yield t("agreement.version"), content.version
    yield t("agreement.agreed_on"), content.agreed_on
    yield from content.scale
    signed = (f"{name} ({role}), {on}" for name, role, on in content.signatures)
    yield t("agreement.signed_in_text"), "; ".join(signed)
    yield t("agreement.order"), _in_order(stage.name for stage in content.stages)


def _in_order(names: Iterable[str]) -> str:
    return " → ".join(names)


def _fact(t: Words, fact: FactText) -> dict[str, str]:
    parts = {t("agreement.label"): fact.label, t("agreement.read_from"): fact.source}
    parts |= {t("agreement.why"): fact.why, t("agreement.since"): fact.since}
    rows = {t("agreement.points_for", when=row.when): row for row in fact.rows}
    return parts | {part: f"{row.points} ({row.why})" if row.why else row.points for part, row in rows.items()}


def _test(t: Words, test: TestText) -> dict[str, str]:
    return {t("agreement.when"): test.when, t("agreement.why"): test.reason, t("agreement.leads_to"): test.to}


def _stage(t: Words, stage: StageText) -> dict[str, str]:
    return {
        t("agreement.definition"): stage.definition,
        t("agreement.owner"): stage.owner,
        t("agreement.needs"): "; ".join(stage.needs),
        t("agreement.gate"): stage.gate,
        t("agreement.sla"): stage.sla,
        t("agreement.target"): stage.target,
        t("agreement.most_days"): stage.most_days,
        t("agreement.metric"): stage.metric,
    }


def _example(t: Words, example: ExampleText) -> dict[str, str]:
    return {
        t("agreement.lead"): "; ".join(f"{name}: {value}" for name, value in sorted(example.lead)),
        t("agreement.did_heading"): "; ".join(example.did),
        t("agreement.score"): example.score,
        t("agreement.stage"): example.stage,
    }

"""Where a fact is read, in the reader's language; the agreement's own texts stay as written.

The same as ``features.describe`` says in the words of the command line.
"""

from collections.abc import Mapping

from features.agreement import LeadTest
from features.catalog import Pair, Source, Where
from features.pairs import BOTH
from features.segmentkeys import Phase
from serving.agreed.amounts import amount, days, either, listed
from serving.words.conditions import condition_in
from serving.words.words import Words

Plain = str | float | bool | None


def value_text(t: Words, value: Plain) -> str:
    """One value of a fact."""
    if value is None:
        return t("agreement.unknown")
    if isinstance(value, bool):
        return t("agreement.true" if value else "agreement.false")
    return value if isinstance(value, str) else amount(t, value)


def test_text(t: Words, test: LeadTest) -> str:
    """When a named test hits a lead."""
    if isinstance(test, Phase) and test.stages:
        return t("agreement.in_stage", stages=either(t, test.stages))
    return t("agreement.test", source=source_text(t, test), when=condition_in(t, test.when))


def source_text(t: Words, source: Source) -> str:
    """Where a fact is read.

    >>> from serving.words.words import words_of
    >>> where = {"path": Where(starts_with="/pricing")}
    >>> source_text(words_of("en"), Source(event="page_view", where=where, window_days=30.0))
    'events “page_view” with path starting with /pricing, in 30 days'
    >>> source_text(words_of("zh"), Source(field="job_title", derive="seniority"))
    '字段 job_title（职级）'
    """
    late = [t("agreement.late", days=days(t, source.delay_days))] if source.delay_days else []
    told = _read(t, source) if source.event is None else _measured(t, source)
    return listed(t, [*told, *late])


def _read(t: Words, source: Source) -> list[str]:
    if source.lead is not None:
        return [t(f"agreement.lead_{source.lead}")]
    if source.points_of is not None:
        total = f"agreement.total_{source.points_of}"
        return [t("agreement.points_of", what=t(total) if t.has(total) else source.points_of)]
    if source.pair is not None:
        return [_pair(t, source.pair)]
    if source.derive is not None:
        return [t("agreement.derived", field=source.field, what=t(f"agreement.derive_{source.derive}"))]
    return [t("agreement.field", field=source.field)]


def _pair(t: Words, pair: Pair) -> str:
    sides = ((pair.first, pair.first_cuts), (pair.second, pair.second_cuts))
    cut = [f"{name} ({listed(t, [amount(t, c) for c in cuts])})" if cuts else name for name, cuts in sides]
    return BOTH.format(*cut)


def _measured(t: Words, source: Source) -> list[str]:
    """A measure over events, its window first."""
    kind = t("agreement.any_event") if source.event == "any" else t("agreement.event", event=source.event)
    if source.where:
        kind = t("agreement.with", events=kind, tests=_where(t, source.where))
    if source.over == "account":
        kind = t("agreement.of_account", events=kind)
    told = [t(f"agreement.measure_{source.measure}", events=kind, property=source.property)]
    spans = (("in", source.window_days), ("against", source.compare_days), ("halving", source.half_life_days))
    told += [t(f"agreement.{name}", n=span, days=amount(t, span)) for name, span in spans if span is not None]
    gap = source.gap_minutes
    return told if gap is None else [*told, t("agreement.gap", n=gap, minutes=amount(t, gap))]


def _where(t: Words, where: Mapping[str, Where | str | float | bool]) -> str:
    return t("agreement.and").join(_property(t, name, test) for name, test in where.items())


def _property(t: Words, name: str, test: Where | str | float | bool) -> str:
    """The test on one property of an event."""
    if not isinstance(test, Where):
        return t("agreement.is", name=name, value=value_text(t, test))
    named = [value_text(t, v) for v in (test.equals, *test.one_of) if v is not None]
    told = [t("agreement.is", name=name, value=either(t, named))] if named else []
    parts = (("starts", test.starts_with), ("contains", test.contains))
    told += [t(f"agreement.{how}", name=name, value=part) for how, part in parts if part is not None]
    return t("agreement.and").join(told) or t("agreement.known", fields=name)

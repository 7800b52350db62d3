"""Any catalog of facts."""

from typing import Any

from hypothesis import strategies as st

from features.catalog import Feature, Pair, Source, Where, WordClass

WINDOWS = (1.0, 7.0, 30.0, 0.5)

wheres = st.sampled_from(
    [
        {},
        {"path": Where(starts_with="/a")},
        {"path": Where(contains="b"), "plan": Where()},
        {"plan": "Pro"},
        {"n": 2.0},
        {"plan": Where(one_of=("pro", 3.0))},
    ]
)
over_lead = st.sampled_from(["lead", "account"])
windows = st.one_of(st.none(), st.sampled_from(WINDOWS))
types = st.sampled_from(["visit", "click", "any"])


@st.composite
def event_sources(draw: st.DrawFn) -> Source:
    base: dict[str, Any] = {"event": draw(types), "where": draw(wheres), "window_days": draw(windows)}
    base["over"] = draw(over_lead)
    base["delay_days"] = draw(st.sampled_from([0.0, 0.0, 0.25]))
    measure = draw(st.sampled_from(
        ["count", "decayed", "distinct", "sum", "max", "days_since_first", "days_since_last", "pace", "sessions",
         "leads"]
    ))  # fmt: skip
    if measure == "decayed":
        return Source(**base, half_life_days=draw(st.sampled_from([1.0, 14.0])))
    if measure == "pace":
        base["window_days"] = draw(st.sampled_from([1.0, 7.0]))
        return Source(**base, measure="pace", compare_days=30.0)
    if measure == "sessions":
        return Source(**base | {"over": "lead"}, measure="sessions", gap_minutes=draw(st.sampled_from([30.0, 1440.0])))
    if measure == "leads":
        return Source(**base | {"over": "account"}, measure="leads")
    reads = {"distinct": ["path", "plan", "n"], "sum": ["n"], "max": ["n"]}.get(measure)
    return Source(**base, measure=measure, property=draw(st.sampled_from(reads)) if reads else None)


@st.composite
def features_(draw: st.DrawFn, number: int) -> Feature:
    name = f"x{number}"
    kind = draw(st.sampled_from(["event", "event", "event", "last", "field", "lead", "points"]))
    if kind == "event":
        return feature(name, "number", draw(event_sources()))
    if kind == "last":
        text = draw(st.booleans())
        source = Source(
            event=draw(types), where=draw(wheres), measure="last", window_days=draw(windows), over=draw(over_lead),
            property=draw(st.sampled_from(["path", "plan", "n"])) if text else "n",
        )  # fmt: skip
        return feature(name, "text" if text else "number", source)
    if kind == "field":
        return draw(field_features(name))
    if kind == "lead":
        of = draw(st.sampled_from(["age_days", "stage", "days_in_stage", "colleagues"]))
        return feature(name, "text" if of == "stage" else "number", Source(lead=of))
    return feature(
        name, "number", Source(points_of=draw(st.sampled_from(["rank", "visits", "fit", "interest", "score"])))
    )


@st.composite
def field_features(draw: st.DrawFn, name: str) -> Feature:
    delay = draw(st.sampled_from([0.0, 2.0]))
    field, derive = draw(st.sampled_from(
        [("title", None), ("title", "seniority"), ("title", "persona"), ("email", "email_class"),
         ("email", "email_domain")]
    ))  # fmt: skip
    if draw(st.booleans()):
        return feature(name, "number", Source(field="staff", delay_days=delay))
    classes = (WordClass(name="IT", words=("it", "data*")),) if draw(st.booleans()) and derive is None else ()
    source = Source(field=field, derive=derive, delay_days=delay)
    return Feature(name=name, label=name, kind="fit", type="text", source=source, classes=classes)


def feature(name: str, type_: Any, source: Source) -> Feature:
    return Feature(name=name, label=name, kind="interest", type=type_, source=source)


def pair_of(name: str, first: Feature, second: Feature, cuts: tuple[float, ...]) -> Feature:
    ranges = {f"{k}_cuts": cuts for k, f in (("first", first), ("second", second)) if f.type == "number"}
    return feature(name, "text", Source(pair=Pair(first=first.name, second=second.name, **ranges)))


@st.composite
def catalogs(draw: st.DrawFn, fewest: int = 1, most: int = 6) -> tuple[Feature, ...]:
    """Features, and pairs of those whose values are the same bits and that are not made of others themselves."""
    features = [draw(features_(i)) for i in range(draw(st.integers(fewest, most)))]
    sides = [f for f in features if f.source.points_of is None and f.source.half_life_days is None]
    for i in range(draw(st.integers(0, 2)) if len(sides) > 1 else 0):
        first, second = draw(st.lists(st.sampled_from(range(len(sides))), min_size=2, max_size=2, unique=True))
        cuts = draw(st.sampled_from([(1.0,), (0.0, 2.5), (-1.0, 1.0, 7.0, 30.0)]))
        at = draw(st.integers(0, len(features)))
        features.insert(at, pair_of(f"pair{i}", sides[first], sides[second], cuts))
    return tuple(features)

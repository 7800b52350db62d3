"""What facts are called: as the agreement says, else composed of where they are read, else as they are."""

from msgspec.structs import replace

from features.catalog import Feature, Labels, Pair, Source
from serving.words.catalogue import LANGUAGES
from serving.words.labels import labels_in, single_label
from serving.words.words import words_of

INDUSTRY = Feature(
    name="industry",
    label="industry",
    labels=Labels(de="Branche", zh="行业"),
    kind="fit",
    type="text",
    source=Source(field="industry"),
)
VIEWS = Feature(
    name="page_view_30d",
    label="'page view' events in 30 days",
    kind="interest",
    type="number",
    source=Source(event="page_view", window_days=30.0),
)
LAST = Feature(
    name="last",
    label="days since the last event",
    kind="interest",
    type="number",
    source=Source(event="any", measure="days_since_last"),
)
BOTH = Feature(
    name="both",
    label="industry × 'page view' events in 30 days",
    kind="interest",
    type="text",
    source=Source(pair=Pair(first="industry", second="page_view_30d", second_cuts=(3.0,))),
)


def labels(feature: Feature, *others: Feature) -> list[str]:
    return [labels_in(words_of(language), (feature, *others))[feature.name] for language in LANGUAGES]


def test_a_label_of_the_agreement() -> None:
    assert labels(INDUSTRY) == ["industry", "Branche", "行业"]


def test_a_label_that_is_written_in_another_language() -> None:
    german = replace(INDUSTRY, label="Branche", labels=Labels(en="industry"))
    assert labels(german) == ["industry", "Branche", "Branche"]


def test_a_label_that_nobody_wrote() -> None:
    assert labels(VIEWS) == [
        "'page view' events in 30 days",
        "Ereignisse „page view“ in 30 Tagen",
        "30 天内“page view”事件次数",
    ]
    assert labels(LAST) == ["days since the last event", "Tage seit dem letzten Ereignis", "距最近一次事件的天数"]


def test_a_label_that_somebody_wrote_stays() -> None:
    assert labels(replace(VIEWS, label="pages they read")) == ["pages they read"] * 3


def test_a_pair_is_called_what_its_facts_are_called() -> None:
    assert labels(BOTH, INDUSTRY, VIEWS) == [
        "industry × 'page view' events in 30 days",
        "Branche × Ereignisse „page view“ in 30 Tagen",
        "行业 × 30 天内“page view”事件次数",
    ]


def test_a_pair_that_somebody_named_stays() -> None:
    assert labels(replace(BOTH, label="both"), INDUSTRY, VIEWS) == ["both"] * 3


def test_one_of_them() -> None:
    assert single_label(words_of("en"), VIEWS, VIEWS.label) == "'page view' event in 30 days"
    assert single_label(words_of("en"), INDUSTRY, "industries") == "industries"

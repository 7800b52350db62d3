"""The reference, DuckDB and Spark give the same values for any catalog, any leads and any moments.

All values are the same bits, but for sums of powers on Spark, which are equal to 1e-9.
"""

import itertools
from typing import Any

import pytest
from catalogs import catalogs, feature, pair_of
from companies import (
    EVERY_MEASURE,
    NOW,
    Company,
    agree,
    assert_same,
    by_reference,
    companies,
    company_at_edges,
    duck,
    edge_events,
    events,
    few,
    moments_of,
    on,
    quick,
    tables_of,
    values_of,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from features.catalog import Feature, Source
from features.engines.sources import Tables
from features.tables import Event, Lead, ProfileVersion


@settings(quick, max_examples=150)
@given(features=catalogs(), company=companies())
def test_duckdb_gives_the_values_of_the_reference(features: tuple[Feature, ...], company: Company) -> None:
    agree(duck, features, company)


@pytest.mark.spark
@few
@given(features=catalogs(10, 20), company=companies(5, 12))
def test_spark_gives_the_values_of_the_reference(spark: Any, features: tuple[Feature, ...], company: Company) -> None:
    agree(on(spark), features, company)


@settings(quick, max_examples=60)
@given(st.lists(st.lists(edge_events, max_size=6), min_size=1, max_size=3))
def test_edges_ties_and_repeats_are_the_same_on_duckdb(sent: list[list[Event]]) -> None:
    agree(duck, EVERY_MEASURE, company_at_edges(sent))


@pytest.mark.spark
@few
@given(st.lists(st.lists(edge_events, min_size=2, max_size=6), min_size=10, max_size=20))
def test_edges_ties_and_repeats_are_the_same_on_spark(spark: Any, sent: list[list[Event]]) -> None:
    agree(on(spark), EVERY_MEASURE, company_at_edges(sent))


SIDES = [
    feature("title", "text", Source(field="title")),
    feature("staff", "number", Source(field="staff", delay_days=2.0)),
    feature("visits", "number", Source(event="visit", window_days=7.0)),
    feature("path", "text", Source(event="any", measure="last", property="path")),
    feature("stage", "text", Source(lead="stage")),
    feature("age", "number", Source(lead="age_days")),
    feature("clicks", "number", Source(event="click", over="account")),
]
PAIRS = [
    pair_of(f"pair{i}", first, second, (0.0, 1.0, 3.5))
    for i, (first, second) in enumerate(itertools.permutations(SIDES, 2))
]


@settings(quick, max_examples=25)
@given(companies())
def test_pairs_are_the_same_on_duckdb(company: Company) -> None:
    agree(duck, [*PAIRS, *SIDES], company)


@pytest.mark.spark
@settings(few, max_examples=1)
@given(companies(5, 12))
def test_pairs_are_the_same_on_spark(spark: Any, company: Company) -> None:
    agree(on(spark), [*PAIRS, *SIDES], company)


def _later(lead: Lead, last: int) -> list[ProfileVersion]:
    """A version after every moment, of the same account, for a lead that has versions."""
    since = 1 + max((version.valid_from for version in lead.versions), default=0)
    email = {"email": lead.versions[0].profile["email"]} if lead.versions else {}
    return [ProfileVersion(max(last + 1, since), {"title": "Later", "staff": "7", **email})] if lead.versions else []


def later_and_shuffled(company: Company, data: st.DataObject) -> Tables:
    """The tables of a company with events after every moment, the rows in another order."""
    last = max((at for _, at in company.moments), default=NOW)
    drawn = data.draw(st.lists(events, max_size=3))
    later = [Event(e.type, last + 1 + abs(NOW - e.at), e.properties) for e in drawn]
    later += [replace(e, known_from=last + 1) for e in drawn]
    more = [
        replace(lead, events=(*lead.events, *later), versions=(*lead.versions, *_later(lead, last)))
        for lead in company.leads
    ]
    shuffled = data.draw(st.randoms(use_true_random=False))
    return tables_of(company._replace(leads=more), lambda rows: shuffled.sample(rows, len(rows)))


@settings(quick, max_examples=25)
@given(features=catalogs(), company=companies(), data=st.data())
def test_order_and_what_comes_later_change_nothing_on_duckdb(
    features: tuple[Feature, ...], company: Company, data: st.DataObject
) -> None:
    got = values_of(duck(features, later_and_shuffled(company, data), moments_of(company)))
    assert_same(duck, features, got, by_reference(features, company))


@pytest.mark.spark
@few
@given(features=catalogs(10, 20), company=companies(5, 12), data=st.data())
def test_order_and_what_comes_later_change_nothing_on_spark(
    spark: Any, features: tuple[Feature, ...], company: Company, data: st.DataObject
) -> None:
    engine = on(spark)
    got = values_of(engine(features, later_and_shuffled(company, data), moments_of(company)))
    assert_same(engine, features, got, by_reference(features, company))

"""Fit and interest, on either database."""

import random
from collections import Counter

import pytest
from histories import put_lead
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from features.segments import quadrant_of
from serving.desk.fitting import axis, spread
from serving.programs.service import InService
from serving.store.database import Store

FIT, INTEREST = 20.0, 10.0  # the agreed borders


def put(store: Store, *points: tuple[float, float], **columns: object) -> None:
    def work(connection: Connection) -> None:
        for i, (fit, interest) in enumerate(points):
            put_lead(connection, f"L-{i}", fit_points=fit, interest_points=interest, score=fit + interest, **columns)

    store.write(work)


def test_each_lead_is_counted_in_the_quarter_that_the_agreement_gives_it(store: Store, leads: InService) -> None:
    luck = random.Random(7)
    points = [(luck.gauss(FIT, 15), luck.gauss(INTEREST, 8)) for _ in range(300)]
    points += [(FIT, INTEREST), (FIT, 9.999999), (19.999999, INTEREST), (-0.0, -40.0)]
    put(store, *points)
    found = store.read(lambda c: spread(c, leads))
    assert found is not None
    expected = Counter(quadrant_of(leads.agreement, *point) for point in points)
    assert {q.name: q.leads for q in found.quarters} == expected
    assert found.leads == sum(cell.leads for cell in found.cells) == len(points)


def test_every_square_lies_within_the_axes(store: Store, leads: InService) -> None:
    put(store, (-80.5, 3.0), (95.25, 60.0), (0.0, -7.0))
    found = store.read(lambda c: spread(c, leads))
    assert found is not None
    assert all(found.fit.first < cell.x < found.fit.last for cell in found.cells)
    assert all(found.interest.first < cell.y < found.interest.last for cell in found.cells)


def test_a_square_holds_the_points_between_its_edges(store: Store, leads: InService) -> None:
    put(store, (-80.5, 3.0), (33.3, 17.0))
    found = store.read(lambda c: spread(c, leads))
    assert found is not None
    for cell, fit in zip(found.cells, (-80.5, 33.3), strict=True):
        low = found.fit.border + cell.x * found.fit.width
        assert low <= fit < low + found.fit.width


@pytest.mark.parametrize("columns", [{"open": False}, {"program": "customers"}])
def test_closed_leads_and_those_of_other_programs_do_not_count(
    store: Store, leads: InService, columns: dict[str, object]
) -> None:
    put(store, (30.0, 30.0), **columns)
    found = store.read(lambda c: spread(c, leads))
    assert found is not None
    assert found.leads == 0


def test_what_is_offered_is_what_the_agreement_has_for_the_segment(store: Store, leads: InService) -> None:
    put(store, (30.0, 30.0), persona="decider", phase="deciding")
    found = store.read(lambda c: spread(c, leads))
    assert found is not None
    (offer,) = found.quarters[0].offers
    assert offer.content is not None
    assert (offer.leads, offer.content.title) == (1, "What it saves in a year")


points = st.floats(-1e6, 1e6)


@given(points, points, points)
def test_an_axis_reaches_from_below_the_lowest_to_above_the_highest(border: float, one: float, other: float) -> None:
    low, high = sorted((one, other))
    found = axis(border, low, high)
    assert found.low < low
    assert high < found.high
    assert found.low < border < found.high
    assert found.last - found.first <= 2 * 24 + 12

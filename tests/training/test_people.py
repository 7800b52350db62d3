"""Who leads are, and what their profiles were: one row a lead, or one a version."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import DataError
from features.moments import DAY, iso
from features.tables import Lead, ProfileVersion, profile_at
from training.people import people_of


def table(rows: list[tuple[str, int, object]]) -> pd.DataFrame:
    """Rows of a lead, the day from which its version holds, and a value."""
    return pd.DataFrame(
        [{"lead_id": n, "created_at": "1970-01-01", "valid_from": iso(d * DAY), "staff": v} for n, d, v in rows],
        columns=["lead_id", "created_at", "valid_from", "staff"],
    )


def test_leads_keep_the_order_of_their_first_rows() -> None:
    people = people_of(table([("b", 3, 1), ("a", 1, 2), ("b", 2, 3)]), "lead_id", ())
    assert (people.names, people.created_at.tolist()) == (["b", "a"], [0, 0])


def test_what_may_not_be_read_is_no_part_of_the_profile() -> None:
    frame = table([("a", 1, 2)]).assign(account_from="1970-01-01", spoilt=1)
    assert list(people_of(frame, "lead_id", ("spoilt",)).profile) == ["staff"]


def test_a_profile_before_its_first_version_is_unknown() -> None:
    people = people_of(table([("a", 2, True), ("b", 1, False)]), "lead_id", ())
    found = people.profiles_at(np.array([0, 0, 1]), np.array([DAY, 2 * DAY, DAY]))
    assert (found["staff"].isna().tolist(), found["staff"].tolist()[1:]) == ([True, False, False], [True, False])


def test_rows_are_labelled_by_the_position_of_the_lead() -> None:
    people = people_of(table([("b", 3, 1), ("a", 1, 2), ("b", 2, 3)]), "lead_id", ())
    assert people.profiles_at(np.array([1, 0, 0]), np.array([9 * DAY] * 3)).index.tolist() == [1, 0, 0]


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 4)), min_size=1, unique=True),
    st.lists(st.integers(-1, 5), max_size=5),
)
def test_every_row_is_the_version_of_its_moment(versions: list[tuple[str, int]], days: list[int]) -> None:
    """As the reference reads it."""
    rows = [(name, day, i) for i, (name, day) in enumerate(versions)]
    people = people_of(table(rows), "lead_id", ())
    asked = [(lead, day) for lead in range(len(people.names)) for day in days]
    lead, day = (np.array([pair[k] for pair in asked], dtype=np.int64) for k in (0, 1))
    found = people.profiles_at(lead, day * DAY)["staff"].tolist()
    leads = [
        Lead(name, versions=tuple(ProfileVersion(d * DAY, {"staff": v}) for n, d, v in rows if n == name))
        for name in people.names
    ]
    expected = [profile_at(leads[i], d * DAY).get("staff") for i, d in asked]
    assert [None if v != v else v for v in found] == expected


def test_without_versions_a_lead_stands_once() -> None:
    with pytest.raises(DataError, match="the lead 'a' stands twice"):
        people_of(table([("a", 1, 1), ("a", 2, 2)]).drop(columns="valid_from"), "lead_id", ())

"""What is known of a lead as of a moment: its events, its profile, its colleagues."""

from features.tables import Event, Lead, ProfileVersion, colleagues_at, known_events, profile_at


def test_an_event_counts_from_when_it_is_known() -> None:
    """It happened at 5, and the lead was known to have done it at 8."""
    event = Event("visit", 5, known_from=8)
    assert [known_events([event], as_of) for as_of in (4, 5, 7, 8)] == [[], [], [], [event]]


def test_an_event_known_beforehand_counts_when_it_happens() -> None:
    """Such as one whose clock was ahead."""
    event = Event("visit", 5, known_from=2)
    assert [known_events([event], as_of) for as_of in (4, 5)] == [[], [event]]


def test_of_one_id_the_earliest_counts_that_is_known() -> None:
    """The earlier one came later, so that it replaces the other only then."""
    late, early = Event("visit", 6, {}, "e1"), Event("visit", 5, {}, "e1", known_from=9)
    assert [known_events([late, early], as_of) for as_of in (8, 9)] == [[late], [early]]


def test_of_versions_the_latest_by_then_counts_in_whatever_order() -> None:
    lead = Lead("L-1", {"staff": 1}, versions=(ProfileVersion(20, {"staff": 3}), ProfileVersion(10, {"staff": 2})))
    assert [profile_at(lead, as_of) for as_of in (9, 10, 19, 20)] == [{}, {"staff": 2}, {"staff": 2}, {"staff": 3}]


def test_without_versions_the_profile_always_counted() -> None:
    assert profile_at(Lead("L-1", {"staff": 1}), 0) == {"staff": 1}


def test_a_colleague_counts_once_it_is_a_lead_of_the_account() -> None:
    """From the later of both moments."""
    lead = Lead("L-1", colleagues=(Lead("L-2", created_at=10, account_from=20), Lead("L-3", created_at=15)))
    assert [[c.lead_id for c in colleagues_at(lead, at)] for at in (14, 15, 20)] == [[], ["L-3"], ["L-2", "L-3"]]


def test_a_lead_has_no_colleagues_before_it_is_of_the_account() -> None:
    lead = Lead("L-1", colleagues=(Lead("L-2", created_at=10),), account_from=20)
    assert [len(colleagues_at(lead, at)) for at in (19, 20)] == [0, 1]

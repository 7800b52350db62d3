"""What the card tells besides the score: the timeline, the company, the track."""

from typing import Any

from desk import HEAD_OF_IT, HOUR, Desk

from serving.card.card import Card, card_of, change_of
from serving.card.timeline import Done

PRICING = ("pricing visits in 30 days",)


def told(desk: Desk, lead: str = "kim-1") -> Card:
    service = desk.programs.named("leads")
    return desk.store.read(lambda c: card_of(c, service, lead, desk.now, None))


def test_the_timeline_has_the_titles_that_marketing_gave_its_pages(desk: Desk) -> None:
    desk.track("kim-1", "page_view", path="/pricing/eu", title="Prices in Europe")
    assert told(desk).timeline == [Done("page_view", "Prices in Europe", desk.now, 1, PRICING)]


def test_without_a_title_the_path_is_told(desk: Desk) -> None:
    desk.track("kim-1", "page_view", path="/pricing")
    assert told(desk).timeline[0].title == "/pricing"


def test_the_same_page_on_one_day_is_one_entry(desk: Desk) -> None:
    for _ in range(3):
        desk.later(HOUR)
        desk.track("kim-1", "page_view", path="/pricing")
    assert told(desk).timeline == [Done("page_view", "/pricing", desk.now, 3, PRICING)]


def test_the_same_page_is_one_entry_whatever_was_read_between(desk: Desk) -> None:
    for path in ("/pricing", "/careers", "/pricing"):
        desk.later(HOUR)
        desk.track("kim-1", "page_view", path=path)
    assert [(done.title, done.times) for done in told(desk).timeline] == [("/pricing", 2), ("/careers", 1)]


def test_a_title_that_is_no_text_is_passed_over(desk: Desk) -> None:
    odd: dict[str, Any] = {"title": {"de": "Preise"}, "path": "/pricing"}
    desk.track("kim-1", "page_view", **odd)
    assert told(desk).timeline[0].title == "/pricing"


def test_earlier_contacts_of_the_company_are_told_with_what_became_of_them(desk: Desk) -> None:
    desk.identify("lee-2", **HEAD_OF_IT | {"email": "lee@acme.example", "job_title": "Student"})
    desk.identify("sam-3", **HEAD_OF_IT | {"email": "sam@other.example"})
    company = told(desk).company
    assert [(c.lead_id, c.who.name, c.stage) for c in company.contacts] == [("lee-2", "lee@acme.example", "Lead")]
    assert company.by_stage == {"Lead": 1}


def test_the_track_says_which_stages_are_passed_and_which_is_next(desk: Desk) -> None:
    track = told(desk).track
    assert track is not None
    assert [(s.stage, s.state) for s in track.steps][:5] == [
        ("Prospect", "passed"),
        ("Lead", "passed"),
        ("MQL", "here"),
        ("SAL", "next"),
        ("SQL", "ahead"),
    ]


def test_marks_stand_on_the_line_in_the_order_of_their_thresholds(desk: Desk) -> None:
    track = told(desk).track
    assert track is not None
    assert [mark.stage for mark in track.marks] == ["Lead", "MQL", "SAL", "SQL"]
    assert 0 < track.from_ <= track.score <= track.to < 1
    assert all(0 < mark.at < 1 for mark in track.marks)


def test_what_a_first_visitor_is_told_has_changed_is_that_of_a_week(desk: Desk) -> None:
    desk.later(HOUR)
    desk.track("kim-1", "page_view", path="/pricing")
    changed = told(desk).changed
    assert changed is not None
    assert (changed.first, round(changed.change, 6)) == (True, 5.0)  # 5 points for a visit to the prices


def test_the_causes_of_a_change_add_up_to_it_as_they_are_shown() -> None:
    """Each rounded by itself they would be 3 x 1.0, and the change 3.1."""
    changed = change_of({"change": 3 * 1.04, "causes": [{"points": 1.04}] * 3}, 0, first=False)
    assert changed.change == 3.1
    assert sum(round(10 * cause["points"]) for cause in changed.causes) == 31

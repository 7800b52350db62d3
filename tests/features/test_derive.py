"""Facts read out of titles and addresses."""

import pytest

from features.derive import CLASSES, email_class, email_domain, seniority

TITLES = {
    "executive": [
        "CEO",
        "C.E.O.",
        "CEO/CTO",
        "President",
        "Chief Marketing Officer",
        "Co-Founder",
        "Managing Director",
        "Managing Partner",
        "Partner",
        "Business Owner",
        "Geschäftsführerin",
        "Geschaeftsfuehrer",
        "Vorstandsvorsitzender",
        "Inhaber",
    ],
    "vice president": ["Vice President", "Vice-President", "Senior  Vice  President", "VP Sales", "Vizepräsidentin"],
    "director": [
        "Director of IT",
        "Executive Director",
        "Head of IT",
        "Chief of Staff",
        "IT-Leiter",
        "Vertriebsleiterin",
        "Bereichsleitung",
        "Prokurist",
    ],
    "manager": [
        "Account Manager",
        "Partner Manager",
        "Student Success Manager",
        "Assistant Manager",
        "Team Lead",
        "Teamlead",
        "Lead Engineer",
        "Projektleiter",
        "Teamleiterin",
        "Team-Leiter",
        "Supervisor",
    ],
    "staff": [
        "Data Engineer",
        "Leadership coach",
        "Lead Generation Specialist",
        "Product Owner",
        "HR Business Partner",
        "Founder's Associate",
        "Internal Auditor",
        "International Sales",
        "Headhunter",
        "Zugbegleiter",
    ],
    "junior": [
        "Student",
        "Werkstudentin",
        "Intern",
        "Trainee",
        "Auszubildender",
        "Junior Account Manager",
        "Executive Assistant",
        "Assistant to the CEO",
        "CEO Assistant",
        "Assistentin der Geschäftsführung",
        "Vorstandsassistent",
    ],
}


@pytest.mark.parametrize(("title", "rank"), [(title, rank) for rank, titles in TITLES.items() for title in titles])
def test_the_rank_of_a_title(title: str, rank: str) -> None:
    assert seniority(title) == rank
    assert seniority(title.upper()) == rank


def test_every_rank_that_an_agreement_may_name_is_given() -> None:
    assert set(TITLES) == set(CLASSES["seniority"])


@pytest.mark.parametrize(
    ("email", "domain"),
    [
        ("Ada@Example.COM ", "example.com"),
        ("Ada Berg <ada@example.com>", "example.com"),
        ("ada@example.com.", "example.com"),
        ("ada@mail.example.co.uk", "mail.example.co.uk"),
        ("ada@münchen.example", "münchen.example"),
        ("ada@home", None),
        ("ada@.com", None),
        ("ada@example..com", None),
        ("@example.com", None),
        ("ada@b@example.com", None),
        ("ada berg@example.com", None),
        ("n/a", None),
    ],
)
def test_the_domain_of_an_address(email: str, domain: str | None) -> None:
    assert email_domain(email) == domain


@pytest.mark.parametrize(
    ("email", "kind"),
    [
        ("a@gmail.com", "free"),
        ("a@GMX.de", "free"),
        ("a@acme.example", "business"),
        ("a@mit.edu", "education"),
        ("a@cam.ac.uk", "education"),
        ("a@stud.uni-bonn.example", "education"),
        ("a@edu.org", "business"),
        ("a@tools.edu.example.com", "business"),
        ("a@state.gov", "government"),
        ("a@service.gov.uk", "government"),
        ("nobody", "invalid"),
    ],
)
def test_the_class_of_an_address(email: str, kind: str) -> None:
    assert email_class(email) == kind
    assert kind in CLASSES["email_class"]

"""Who a lead is, in the words that its profile has for it."""

from collections.abc import Mapping
from typing import NamedTuple

from features.tables import Scalar


class Who(NamedTuple):
    """What is known of a lead, empty where it is unknown; ``name``: among colleagues, ``heading``: among all leads."""

    lead_id: str
    person: str
    title: str
    company: str
    email: str
    place: str

    @property
    def name(self) -> str:
        """The person's name, else the e-mail address, else the lead's id."""
        return self.person or self.email or self.lead_id

    @property
    def heading(self) -> str:
        """As ``name``, but that a company says more than an address."""
        return self.person or self.company or self.name


def who_is(lead_id: str, profile: Mapping[str, Scalar]) -> Who:
    """Who a lead is, by the usual names of profile fields (those of Segment's ``identify`` among them).

    >>> who_is("L-1", {"first_name": "Kim", "last_name": "Ode", "job_title": "Head of IT", "company": "Acme"}).name
    'Kim Ode'
    """

    def first_of(*names: str) -> str:
        return next((str(profile[name]).strip() for name in names if profile.get(name) not in (None, "")), "")

    both = " ".join(filter(None, (first_of("first_name", "firstName"), first_of("last_name", "lastName"))))
    return Who(
        lead_id,
        first_of("name", "full_name") or both,
        first_of("job_title", "title", "position"),
        first_of("company", "company_name", "account_name"),
        first_of("email"),
        first_of("country", "city"),
    )

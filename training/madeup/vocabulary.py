"""The words of the made-up world, with how often they occur. Every domain is reserved, free-mail or invented."""

from dataclasses import dataclass

INDUSTRIES = {
    "software": 0.20,
    "financial services": 0.12,
    "manufacturing": 0.18,
    "healthcare": 0.10,
    "retail": 0.14,
    "logistics": 0.10,
    "public sector": 0.09,
    "hospitality": 0.07,
}
COUNTRIES = {"Germany": 0.40, "Austria": 0.10, "Switzerland": 0.10, "Netherlands": 0.15, "Sweden": 0.15, "Poland": 0.10}
NEEDS = {"replace a system": 0.4, "grow": 0.35, "comply": 0.25}
LOST_REASONS = {"no answer": 0.4, "no budget": 0.25, "no need": 0.2, "chose a competitor": 0.15}
SENT_BACK_REASONS = {"could not be reached": 0.5, "no need now": 0.3, "wrong person": 0.2}
IS_COMPETITOR = "is a competitor"

# Share of each source at the beginning and at the end: paid social crowds out partners and referrals.
SOURCES = {
    "organic search": (0.30, 0.25),
    "partner": (0.20, 0.08),
    "referral": (0.20, 0.10),
    "event": (0.15, 0.12),
    "paid search": (0.10, 0.15),
    "paid social": (0.05, 0.30),
}
SENIORITIES = ("executive", "vice president", "director", "manager", "staff", "junior")
SENIORITY_BY_SOURCE = {
    "organic search": (0.10, 0.06, 0.16, 0.28, 0.28, 0.12),
    "partner": (0.18, 0.10, 0.25, 0.27, 0.17, 0.03),
    "referral": (0.16, 0.09, 0.22, 0.28, 0.20, 0.05),
    "event": (0.12, 0.08, 0.20, 0.30, 0.22, 0.08),
    "paid search": (0.09, 0.05, 0.15, 0.30, 0.30, 0.11),
    "paid social": (0.05, 0.03, 0.09, 0.25, 0.33, 0.25),
}
DEPARTMENTS = {"it": 0.35, "operations": 0.20, "people": 0.12, "other": 0.33}
TITLES = {
    "executive": {
        "it": ("Chief Data Officer", "Chief Security Officer"),
        "operations": ("Chief Operations Officer", "Chief Supply Chain Officer"),
        "people": ("Chief HR Officer", "Chief Human Resources Officer"),
        "other": ("CEO", "Founder"),
    },
    "vice president": {
        "it": ("VP Engineering", "Vice President IT"),
        "operations": ("VP Operations", "Vice President Supply Chain"),
        "people": ("VP Human Resources", "VP HR"),
        "other": ("VP Sales", "Vice President Finance"),
    },
    "director": {
        "it": ("Head of IT", "Director of Data"),
        "operations": ("Head of Operations", "Director of Supply Chain"),
        "people": ("Head of HR", "Director of Recruiting"),
        "other": ("Head of Sales", "Marketing Director"),
    },
    "manager": {
        "it": ("IT Manager", "Data Engineering Manager"),
        "operations": ("Operations Manager", "Supply Chain Manager"),
        "people": ("HR Manager", "Recruiting Manager"),
        "other": ("Marketing Manager", "Product Manager"),
    },
    "staff": {
        "it": ("Software Engineer", "Data Analyst"),
        "operations": ("Operations Analyst", "Supply Chain Planner"),
        "people": ("Recruiter", "HR Specialist"),
        "other": ("Accountant", "Buyer"),
    },
    "junior": {
        "it": ("IT Trainee", "Data Science Student"),
        "operations": ("Operations Intern", "Supply Chain Trainee"),
        "people": ("HR Intern", "Recruiting Assistant"),
        "other": ("Student", "Marketing Intern"),
    },
}

FREE_DOMAINS = {"gmail.com": 0.5, "gmx.de": 0.2, "outlook.com": 0.2, "web.de": 0.1}
EDUCATION_DOMAIN = "simulated-university.edu"
COMPETITOR_DOMAINS = {"rival.example": 0.6, "othervendor.example": 0.4}

FIRST_NAMES = tuple(
    "Ada Ben Cem Dora Elif Finn Greta Hugo Ida Jan Kim Lea Mats Nora Olof Pia Quinn Ruth Sven Tilda".split()
)
LAST_NAMES = tuple(
    "Berg Dahl Ek Falk Grau Holm Issler Jung Kern Lind Moser Nowak Ott Prins Rask Sand Thal Voss".split()
)
COMPANY_FIRST = tuple("Alder Birch Cobalt Delta Ember Fjord Granite Harbour Iris Juniper Kestrel Linden Maple".split())
COMPANY_SECOND = tuple("Brothers Collective Company Group Holding House Partners Ventures Union Works".split())


@dataclass(frozen=True)
class Activity:
    """A kind of event: ``mean`` events a lead before its review; one of ``properties`` (JSON text) each."""

    type: str
    mean: float
    properties: tuple[str, ...]


def pages(*paths: str) -> tuple[str, ...]:
    """The properties of views of these pages."""
    return tuple(f'{{"path": "{path}"}}' for path in paths)


ACTIVITIES = {
    "pricing": Activity("page_view", 1.5, pages("/pricing", "/pricing/enterprise")),
    "product": Activity("page_view", 2.0, pages("/product/overview", "/product/reports", "/product/security")),
    "careers": Activity("page_view", 0.1, pages("/careers", "/careers/internship", "/careers/engineering")),
    "blog": Activity("page_view", 2.0, pages("/blog/lead-scoring", "/blog/gdpr", "/blog/customer-story")),
    "docs": Activity("page_view", 0.6, pages("/docs/start", "/docs/api")),
    "webinar": Activity("webinar_attended", 0.45, ('{"title": "Product tour"}', '{"title": "Customer panel"}')),
    "email open": Activity("email_opened", 2.0, ('{"campaign": "newsletter"}', '{"campaign": "welcome"}')),
    "email click": Activity("email_clicked", 0.8, ('{"campaign": "newsletter"}', '{"campaign": "welcome"}')),
    "demo": Activity("demo_requested", 0.12, ("{}",)),
    "trial": Activity("trial_started", 0.25, ('{"plan": "team"}', '{"plan": "business"}')),
}

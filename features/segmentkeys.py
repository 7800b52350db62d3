"""What an agreement says about segments: personas, phases, and what to offer them."""

from typing import Annotated

import msgspec

from features.catalog import Strict
from features.rulekeys import Condition, LeadTest, Name

ANY = "any"
Address = Annotated[str, msgspec.Meta(min_length=1, extra_json_schema={"pattern": "^https?://"})]


class Persona(LeadTest, frozen=True, kw_only=True):
    """The kind of person that a lead is; the first persona that holds counts."""


class Phase(LeadTest, frozen=True, kw_only=True):
    """How far a lead is on its way to a purchase; the first phase that holds counts.

    when: the condition on the fact's value; without it, at least one such event
    stages: instead of a fact: the lead stands in one of these stages
    """

    when: Condition = Condition(at_least=1.0)
    stages: tuple[Name, ...] = ()


class Content(Strict, frozen=True, kw_only=True):
    """Something to offer to the leads of a persona in a phase.

    persona: the persona that it is for, or any
    phase: the phase that it is for, or any
    title: what it is called
    url: where it is, beginning with https:// or http://
    why: what it is to bring about
    """

    persona: Name = ANY
    phase: Name = ANY
    title: Name
    url: Address
    why: str = ""


class Segments(Strict, frozen=True, kw_only=True):
    """Personas by phases, and the content that is meant for each.

    personas: tried in this order
    phases: tried in this order
    content: what to offer, the most important first
    """

    personas: tuple[Persona, ...] = ()
    phases: tuple[Phase, ...] = ()
    content: tuple[Content, ...] = ()

"""What two versions of an agreement say otherwise about the process, the segments and the quadrant."""

from collections.abc import Sequence

from msgspec.structs import replace

from features.describe import amount
from features.diffwords import field_changes, name_changes, order_changes, test_changes
from features.processkeys import Process, Quadrant
from features.segmentkeys import Content, Persona, Phase, Segments

_DEFAULT_STAGE = "the stage before the hand-over"


def process_changes(before: Process, after: Process) -> list[str]:
    """Sentences on how leads are sent back, on reasons, on business hours and on ages."""
    old, new = (replace(p, recycle_to=p.recycle_to or _DEFAULT_STAGE) for p in (before, after))
    return [
        *field_changes("the process", old, new, apart=("reasons", "business_hours")),
        *(
            sentence
            for act in before.reasons.__struct_fields__
            for sentence in _reasons(act, getattr(before.reasons, act), getattr(after.reasons, act))
        ),
        *field_changes("business hours", before.business_hours, after.business_hours),
    ]


def _reasons(act: str, before: Sequence[str], after: Sequence[str]) -> list[str]:
    return [
        *(f"'{reason}' is no longer a reason to {act} a lead" for reason in before if reason not in after),
        *(f"'{reason}' is a reason to {act} a lead" for reason in after if reason not in before),
        *order_changes(f"the order of the reasons to {act} a lead", before, after),
    ]


def segment_changes(before: Segments | None, after: Segments | None) -> list[str]:
    """Sentences on personas, phases and content; the order in which each is tried or offered says something."""
    old, new = before or Segments(), after or Segments()
    return [
        *test_changes("persona", old.personas, new.personas),
        *order_changes("the order of the personas", _names(old.personas), _names(new.personas)),
        *test_changes("phase", old.phases, new.phases),
        *order_changes("the order of the phases", _names(old.phases), _names(new.phases)),
        *name_changes("content", _content(old), _content(new), field_changes, lambda name, c: f"{name}, {c.url}"),
        *order_changes("the order of the content", _content(old), _content(new)),
    ]


def _names(tests: Sequence[Persona | Phase]) -> list[str]:
    return [test.name for test in tests]


def _content(segments: Segments) -> dict[str, Content]:
    return {f"'{c.title}' for {c.persona}, {c.phase}": c for c in segments.content}


def quadrant_changes(before: Quadrant | None, after: Quadrant | None) -> list[str]:
    """Sentences on the cuts between high and low, and on the names of the quarters."""
    if before is None or after is None:
        words = "the quadrant is gone" if after is None else f"new quadrant: {quadrant_words(after)}"
        return [] if before is after else [words]
    return field_changes("the quadrant", before, after, apart=())


def quadrant_words(quadrant: Quadrant) -> str:
    """Where fit and interest are cut.

    >>> quadrant_words(Quadrant(fit=20.0, interest=10.0))
    'fit is high from 20 points, interest from 10 points'
    """
    return f"fit is high from {amount(quadrant.fit, 'points')}, interest from {amount(quadrant.interest, 'points')}"

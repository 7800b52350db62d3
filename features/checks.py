"""What an agreement must satisfy beyond its shape: names that exist, conditions that can hold, points that
are said once. Each check raises AgreementError with the line of the fault.
"""

from features.agreement import Agreement, LeadTest
from features.catalog import Source
from features.errors import nearest
from features.processchecks import check_process
from features.rulechecks import check_fact, check_once, check_test
from features.segmentchecks import check_quadrant, check_segments
from features.stagechecks import check_stage_name, check_stages
from features.yamlfile import Document, Path_


def check(agreement: Agreement, document: Document) -> None:
    """Run every check."""
    names: dict[str, Path_] = {}
    for kind in ("fit", "interest"):
        for i, fact in enumerate(getattr(agreement, kind)):
            check_once("fact", fact.fact, names, (kind, i), document)
            check_fact(fact, (kind, i), document)
    for key, word in (("exclusions", "exclusion"), ("fast_tracks", "fast-track")):
        named: dict[str, Path_] = {}
        for i, test in enumerate(getattr(agreement, key)):
            check_once(word, test.name, named, (key, i), document)
            check_test(test, (key, i), document)
    check_stages(agreement, document)
    check_process(agreement, document)
    check_segments(agreement, document)
    check_quadrant(agreement, document)
    _check_examples(agreement, document)


def _check_examples(agreement: Agreement, document: Document) -> None:
    names: dict[str, Path_] = {}
    fields, types = _read_fields(agreement), _read_types(agreement)
    for i, example in enumerate(agreement.examples):
        path: Path_ = ("examples", i)
        check_once("worked example", example.name, names, path, document)
        check_stage_name(example.stage, agreement, (*path, "stage"), document)
        for field in example.lead:
            _check_read(field, fields, "field", (*path, "lead", field), document)
        for j, event in enumerate(example.events):
            if "any" not in types:
                _check_read(event.type, types, "event type", (*path, "events", j, "type"), document)


def _read_fields(agreement: Agreement) -> set[str]:
    required = {name for stage in agreement.stages for name in stage.required}
    return required | {s.field for s in _sources(agreement) if s.field is not None}


def _read_types(agreement: Agreement) -> set[str]:
    return {s.event for s in _sources(agreement) if s.event is not None}


def _sources(agreement: Agreement) -> list[Source]:
    tests: list[LeadTest] = [*agreement.exclusions, *agreement.fast_tracks]
    if agreement.segments is not None:
        tests += [*agreement.segments.personas, *agreement.segments.phases]
    return [*agreement.fit, *agreement.interest, *tests]


def _check_read(name: str, read: set[str], word: str, path: Path_, document: Document) -> None:
    """Refuse a field or an event type of an example that nothing reads: most likely it is misspelt."""
    if name not in read:
        do = nearest(name, read) if read else "take it out"
        raise document.refuse(f"nothing in the agreement reads the {word} '{name}'", path, do=do)

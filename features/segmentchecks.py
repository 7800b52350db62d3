"""What personas, phases, their content and the quadrant must satisfy: they can be told apart, and exist."""

from features.agreement import Agreement
from features.catalog import Source
from features.errors import nearest
from features.points import total_extremes
from features.rulechecks import check_once, check_test
from features.rulekeys import source_of
from features.segmentkeys import ANY, Content, Phase, Segments
from features.stagechecks import check_stage_name
from features.texts import text
from features.yamlfile import Document, Path_

_SCHEMES = ("https://", "http://")


def check_segments(agreement: Agreement, document: Document) -> None:
    """Check the personas, the phases and the content for them."""
    segments = agreement.segments or Segments()
    for key, word in (("personas", "persona"), ("phases", "phase")):
        names: dict[str, Path_] = {}
        for i, test in enumerate(getattr(segments, key)):
            path: Path_ = ("segments", key, i)
            check_once(word, test.name, names, path, document)
            _check_name(word, test.name, (*path, "name"), document)
            if not isinstance(test, Phase):
                check_test(test, path, document)
    _check_phases(segments.phases, agreement, document)
    _check_content(segments, document)


def _check_name(word: str, name: str, path: Path_, document: Document) -> None:
    if text(name) in (None, ANY):
        raise document.refuse(
            f"a {word} cannot be called '{name}'", path, allowed=f"any other name: '{ANY}' stands for all of them"
        )


def _check_phases(phases: tuple[Phase, ...], agreement: Agreement, document: Document) -> None:
    of_stage: dict[str, Path_] = {}
    for i, phase in enumerate(phases):
        path: Path_ = ("segments", "phases", i)
        of_a_fact = source_of(phase) != Source() or document.has((*path, "when"))
        if of_a_fact == bool(phase.stages):
            raise document.refuse(
                f"the phase '{phase.name}' needs its leads said one way",
                path,
                got="both" if of_a_fact else "neither",
                allowed="one of: the 'stages' that are in it; a fact with 'when'",
            )
        if of_a_fact:
            check_test(phase, path, document)
        for j, stage in enumerate(phase.stages):
            spot: Path_ = (*path, "stages", j)
            check_stage_name(stage, agreement, spot, document)
            if stage in of_stage:
                raise document.refuse(
                    f"the stage '{stage}' is in two phases",
                    spot,
                    got=f"first on line {document.line(of_stage[stage])}",
                    do="take it out of one of them",
                )
            of_stage[stage] = spot


def _check_content(segments: Segments, document: Document) -> None:
    personas, phases = [p.name for p in segments.personas], [p.name for p in segments.phases]
    seen: dict[str, Path_] = {}
    for i, content in enumerate(segments.content):
        path: Path_ = ("segments", "content", i)
        _check_known("persona", content.persona, personas, path, document)
        _check_known("phase", content.phase, phases, path, document)
        if text(content.title) is None:
            raise document.refuse("'title' is blank", (*path, "title"), do="write what the content is called")
        if not content.url.startswith(_SCHEMES):
            raise document.refuse(
                f"'{content.title}' has no address that a browser opens",
                (*path, "url"),
                got=content.url,
                allowed="an address that begins with https:// or http://",
            )
        check_once("content", _said(content), seen, path, document)


def _said(content: Content) -> str:
    return f"{content.title} for {content.persona}, {content.phase}"


def _check_known(word: str, name: str, known: list[str], path: Path_, document: Document) -> None:
    if name != ANY and name not in known:
        raise document.refuse(f"there is no {word} '{name}'", (*path, word), do=nearest(name, [*known, ANY]))


def check_quadrant(agreement: Agreement, document: Document) -> None:
    """Check that both cuts leave leads on either side, and that the quarters can be told apart."""
    quadrant = agreement.quadrant
    if quadrant is None:
        return
    for key, facts in (("fit", agreement.fit), ("interest", agreement.interest)):
        least, most = total_extremes(facts)
        cut = getattr(quadrant, key)
        if not least < cut <= most:
            raise document.refuse(
                f"the quadrant does not cut {key} in two",
                ("quadrant", key),
                got=f"{cut:g} points",
                allowed=f"more than {least:g} and at most {most:g}, which is what the rules can give",
            )
    for i, name in enumerate(quadrant.names):
        if text(name) in [None, *map(text, quadrant.names[:i])]:
            raise document.refuse(
                "the four quarters need four names", ("quadrant",), got=", ".join(map(repr, quadrant.names))
            )

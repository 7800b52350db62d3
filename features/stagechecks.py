"""What the stages, thresholds and grades of an agreement must satisfy: they exist, rise, and can be reached."""

import re
from collections.abc import Sequence
from itertools import pairwise

from features.agreement import AUTOMATIC, Agreement, Stage
from features.errors import nearest
from features.points import total_extremes
from features.sourcechecks import MOST_DAYS
from features.yamlfile import Document, Path_

_GRADE = re.compile("[A-Y][+-]?")


def check_stages(agreement: Agreement, document: Document) -> None:
    """Check the stages and every name of a stage, the bounds and the grades."""
    if not agreement.stages:
        raise document.refuse("the agreement has no stages", ("stages",), do="list them in order, the first one first")
    if agreement.stages[0].threshold is not None:
        raise document.refuse(
            "every lead starts in the first stage, so it has no threshold", ("stages", 0, "threshold"), do="take it out"
        )
    _check_bounds(agreement, document)
    for i, stage in enumerate(agreement.stages):
        path: Path_ = ("stages", i)
        if stage.stage in [s.stage for s in agreement.stages[:i]]:
            raise document.refuse(f"the stage '{stage.stage}' stands twice", path)
        _check_required(stage, path, document)
        if i > 0:
            _check_closed(stage, path, document)
        _check_limits(stage, i + 1 == len(agreement.stages), path, document)
        if stage.threshold is not None:
            _check_reachable(stage, agreement, (*path, "threshold"), document)
            _check_rising(stage, agreement.stages[:i], (*path, "threshold"), document)
    check_stage_name(agreement.conversion.stage, agreement, ("conversion", "stage"), document)
    for i, track in enumerate(agreement.fast_tracks):
        check_stage_name(track.to, agreement, ("fast_tracks", i, "to"), document)
    _check_grades(agreement, document)


def check_stage_name(name: str, agreement: Agreement, path: Path_, document: Document) -> None:
    """Refuse the name of a stage that the agreement does not have."""
    names = [s.stage for s in agreement.stages]
    if name not in names:
        raise document.refuse(f"there is no stage '{name}'", path, do=nearest(name, names))


def _check_required(stage: Stage, path: Path_, document: Document) -> None:
    for i, field in enumerate(stage.required):
        if not field.strip():
            raise document.refuse(
                f"'required' of '{stage.stage}' names nothing",
                (*path, "required", i),
                got="a blank text",
                do="write a field's name, or take it out",
            )


def _check_limits(stage: Stage, is_last: bool, path: Path_, document: Document) -> None:
    if stage.target is not None and is_last:
        raise document.refuse(
            f"no stage comes after '{stage.stage}', so that none of its leads can go on",
            (*path, "target"),
            do="take it out",
        )
    if stage.most_days is not None and stage.most_days > MOST_DAYS:
        raise document.refuse(
            "'most_days' is longer than a century",
            (*path, "most_days"),
            got=f"{stage.most_days:g}",
            allowed=f"at most {MOST_DAYS:g} days",
            do="take it out if leads may stay",
        )


def _check_closed(stage: Stage, path: Path_, document: Document) -> None:
    if stage.threshold is None and stage.gate == AUTOMATIC and not stage.required:
        raise document.refuse(
            f"every lead would fall into the stage '{stage.stage}'",
            path,
            got="no threshold, no required fields and an automatic gate",
            do="say with 'gate' who decides, or give it a 'threshold' or 'required' fields",
        )


def _check_reachable(stage: Stage, agreement: Agreement, path: Path_, document: Document) -> None:
    facts = {"fit": agreement.fit, "interest": agreement.interest}.get(stage.on, (*agreement.fit, *agreement.interest))
    most, why = total_extremes(facts)[1], "which is all that the rules can give"
    if agreement.bounds is not None and stage.on in ("score", "agreed") and agreement.bounds.high < most:
        most, why = agreement.bounds.high, "where the bounds cut the score"
    if stage.threshold is not None and stage.threshold > most:
        raise document.refuse(
            f"no lead can reach the threshold of '{stage.stage}'",
            path,
            got=f"{stage.threshold:g} points on {stage.on}",
            allowed=f"at most {most:g}, {why}",
            do="lower the threshold, or give more points",
        )


def _check_rising(stage: Stage, before: Sequence[Stage], path: Path_, document: Document) -> None:
    for earlier in before:
        if earlier.on == stage.on and earlier.threshold is not None and earlier.threshold > (stage.threshold or 0.0):
            raise document.refuse(
                f"the threshold of '{stage.stage}' is below that of the earlier stage '{earlier.stage}'",
                path,
                got=f"{stage.threshold:g} after {earlier.threshold:g}",
                allowed="thresholds on the same points that do not fall from stage to stage",
            )


def _check_bounds(agreement: Agreement, document: Document) -> None:
    bounds = agreement.bounds
    if bounds is not None and bounds.low >= bounds.high:
        raise document.refuse(
            "the bounds leave no room",
            ("bounds",),
            got=f"low {bounds.low:g}, high {bounds.high:g}",
            allowed="low < high",
        )


def _check_grades(agreement: Agreement, document: Document) -> None:
    odd = next((g for g in agreement.grades if not _GRADE.fullmatch(g)), None)
    if odd is not None:
        raise document.refuse(
            f"'{odd}' is no grade",
            ("grades", odd),
            allowed="a capital letter from A to Y, with + or - if need be; the letter after the last is the rest",
        )
    for (better, high), (worse, low) in pairwise(agreement.grades.items()):
        if low >= high or better[0] > worse[0]:
            raise document.refuse(
                "grades go from the best to the worst, in the order of the alphabet",
                ("grades", worse),
                got=f"{worse} from {low:g} after {better} from {high:g}",
            )

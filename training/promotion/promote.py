"""Deciding on a challenger, carrying the decision out, and keeping it with the version."""

from pathlib import Path
from typing import NamedTuple

import msgspec

from features.errors import ConfigError, LeadscoreError
from features.moments import iso, now
from training.promotion.evidence import evidence
from training.promotion.pairs import Contender, Read, pairs_of_leads, pairs_of_runs
from training.promotion.verdict import Outcome, Verdict, decide, not_comparable
from training.registry.champion import make_champion, settle
from training.registry.moves import Move, moved, this_user
from training.registry.place import Registry, reaching
from training.registry.versions import CHALLENGER, CHAMPION, Version, find, find_or_none, tag


class Override(NamedTuple):
    """Somebody's decision that the evidence does not matter, and why."""

    reason: str
    by: str = ""


class Promotion(NamedTuple):
    """What was decided, and whether the version is the champion now.

    champion: the one until then; None where there was none
    verdict: None where none was asked for: the version is the first, or the champion already
    """

    version: Version
    champion: Version | None
    verdict: Verdict | None
    promoted: bool
    overridden: bool = False


def promote(  # noqa: PLR0913 - what is decided on, by which leads, and by whom
    registry: Registry,
    name: str,
    home: Path,
    *,
    which: str = CHALLENGER,
    read: Read | None = None,
    override: Override | None = None,
    by: str = "",
    carry_out: bool = True,
) -> Promotion:
    """Decide whether a version takes the champion's place, and if so, make it the champion and export it.

    name: the registered model's; which: a version's number or alias
    read: gives the leads as a scorecard reads them, so that both are scored anew, also on leads that have matured
    since; without it, what both runs predicted for the leads that both tested on is compared
    override: promote whatever the evidence says; it is looked at and kept all the same
    by: who asked for the decision; default: the system's user
    carry_out: whether to do what is decided; without it the verdict is only kept

    Raises RegistryError when there is no such version, or nothing can be kept; the champion is then who it was.
    """
    if override is not None and not override.reason.strip():
        raise ConfigError("an override needs a reason", do="say why: --reason TEXT")
    champion = find_or_none(registry, name, CHAMPION)
    waiting = find_or_none(registry, name, which) if which == CHALLENGER else None
    version = waiting or (champion if which == CHALLENGER else None) or find(registry, name, which)
    if champion is None:
        make_champion(registry, version, home, moved("first", version.version, by=by, reason="there was no champion"))
        return Promotion(version, None, None, promoted=True)
    if version == champion:
        settle(registry, name, home)
        return Promotion(version, champion, None, promoted=False)
    verdict = _looked_at(registry, champion, version, read, override)
    promoted = carry_out and (verdict.outcome is Outcome.PROMOTE or override is not None)
    needed = override if promoted and verdict.outcome is not Outcome.PROMOTE else None
    keep(registry, version, verdict, needed)
    if promoted:
        make_champion(registry, version, home, _move(champion, version, verdict, needed, by))
    else:
        settle(registry, name, home)
    return Promotion(version, champion, verdict, promoted, needed is not None)


def _looked_at(
    registry: Registry, champion: Version, version: Version, read: Read | None, override: Override | None
) -> Verdict:
    """The verdict; an override works also where there is no evidence to be had, as of a damaged champion."""
    try:
        return weigh_up(registry, champion, version, read)
    except LeadscoreError as error:
        if override is None:
            raise
        return Verdict(outcome=Outcome.UNDECIDED, why=f"no evidence could be had: {error.what}")


def weigh_up(registry: Registry, champion: Version, challenger: Version, read: Read | None = None) -> Verdict:
    """The verdict on two versions; nothing is changed. As ``promote``."""
    a, b = Contender.of(registry, champion), Contender.of(registry, challenger)
    different = not_comparable(a.registered.agreement, b.registered.agreement)
    if different:
        return Verdict(outcome=Outcome.UNDECIDED, why=different)
    pairs = pairs_of_runs(a, b) if read is None else pairs_of_leads(a, b, read)
    if not pairs.leads:
        do = "give the configuration and the data" if read is None else "wait until some have matured"
        return Verdict(outcome=Outcome.UNDECIDED, why=f"no lead is new to both versions: {do}")
    return decide(evidence(pairs, champion.version, challenger.version))


def keep(registry: Registry, version: Version, verdict: Verdict, override: Override | None) -> None:
    """Keep a verdict with the version: in words as tags, in full as a file of its run."""
    at = iso(now())
    tags = {"decided": verdict.outcome.value, "decided_at": at, "decided_why": verdict.why}
    if override is not None:
        tags |= {"override_reason": override.reason, "override_by": override.by or this_user(), "decided": "overridden"}
    kept = msgspec.json.format(msgspec.json.encode({"at": at, "verdict": verdict, "tags": tags}), indent=1)
    tag(registry, version, tags)
    with reaching(registry) as client:
        client.log_text(version.run_id, kept.decode() + "\n", f"decisions/{at.replace(':', '')}.json")


def _move(champion: Version, version: Version, verdict: Verdict, override: Override | None, by: str) -> Move:
    before, why = champion.version, verdict.why
    if override is None:
        return moved("promoted", version.version, before=before, by=by, reason=why, evidence=why)
    return moved(
        "overridden", version.version, before=before, by=override.by or by, reason=override.reason, evidence=why
    )

"""Reads the registry: versions with their measures, who was the champion when, what the evidence says. Child only."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np

from features.errors import LeadscoreError
from features.moments import now
from serving.versions.shapes import Group, Move, Scores, Snapshot, Verdict, Version
from training.drift.profile import FILE as REFERENCE
from training.drift.profile import decode
from training.plots.calibration import calibration_groups
from training.promotion.promote import weigh_up
from training.promotion.verdict import Verdict as Weighed
from training.registry.champion import model_of
from training.registry.moves import before_champion, moves_of
from training.registry.place import Registry, reaching, without_password
from training.registry.versions import (
    CHALLENGER,
    CHAMPION,
    Listed,
    card_of,
    find_or_none,
    listed,
    predictions_of,
    text_of,
)
from training.registry.versions import Version as Registered

MOST = 30  # versions that are shown


def registry_of(home: Path, uri: str) -> Registry:
    """The registry at an address; empty: the home's own."""
    return Registry(uri, None) if uri else Registry.embedded(home)


def read(home: Path, uri: str) -> Snapshot:
    """All that the page shows; raises RegistryError, ConfigError."""
    registry = registry_of(home, uri)
    name = model_of(registry, home)
    champion, challenger = (find_or_none(registry, name, alias) for alias in (CHAMPION, CHALLENGER))
    moves = moves_of(registry, name)
    back = before_champion(moves, champion.version) if champion else None
    both = champion is not None and challenger is not None and champion != challenger
    return Snapshot(
        read_at=now(),
        name=name.removeprefix("leadscore-"),
        where=without_password(registry.tracking_uri),
        champion=champion.version if champion else "",
        challenger=challenger.version if challenger else "",
        back_to=back or "",
        versions=tuple(_versions(registry, name)),
        moves=tuple(msgspec.convert(move, Move, from_attributes=True) for move in reversed(moves)),
        preview=_preview(registry, champion, challenger) if both and champion and challenger else None,
        scores=_scores(registry, champion) if champion else None,
    )


def _versions(registry: Registry, name: str) -> Iterator[Version]:
    """The newest versions, the latest first."""
    for row in listed(registry, name)[:MOST]:
        with reaching(registry) as client:
            tags = client.get_model_version(name, row.version.version).tags
            metrics = client.get_run(row.version.run_id).data.metrics
        told = {key: tags.get(key, "") for key in _TAGS}
        measures = {**row.metrics, "weight_of_history": metrics.get("weight_of_history", 0.0)}
        groups = tuple(_groups(registry, row)) if row.aliases else ()
        yield Version(
            version=row.version.version,
            made_at=1_000 * row.made_at,
            aliases=row.aliases,
            metrics=measures,
            groups=groups,
            **told,
        )


_TAGS = ("agreement_version", "decided", "decided_at", "decided_why", "override_reason", "override_by")


def _groups(registry: Registry, row: Listed) -> Iterator[Group]:
    """Predicted against observed shares on the leads that a version was tested on; none where none were kept."""
    table = predictions_of(registry, row.version)
    if table is None or not len(table):
        return
    whose = np.unique(table["lead_id"].to_numpy(dtype=np.str_), return_inverse=True)[1]
    found = calibration_groups(table["converted"].to_numpy(), table["blend"].to_numpy(), whose)
    yield from (Group(**group._asdict()) for group in found)


def _preview(registry: Registry, champion: Registered, challenger: Registered) -> Verdict | None:
    """What the leads say on which both versions were tested; nothing is decided."""
    try:
        return plain(weigh_up(registry, champion, challenger))
    except LeadscoreError as error:
        return Verdict(outcome="undecided", why=f"no evidence could be had: {error.what}")


def plain(verdict: Weighed) -> Verdict:
    """A verdict in the shape of answers."""
    return msgspec.convert(msgspec.to_builtins(verdict), Verdict)


def _scores(registry: Registry, champion: Registered) -> Scores | None:
    """How the champion's scores lay when it learned; None where that was not kept."""
    text = text_of(registry, champion, REFERENCE)
    if text is None:
        return None
    profile = decode(text, card_of(registry, champion))
    return Scores(edges=profile.score.edges, steps=profile.score.steps)

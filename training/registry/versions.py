"""Registered versions, by number or by alias, and what was kept with them."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import mlflow
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from msgspec.structs import replace

from features.errors import RegistryError
from training import scorecard
from training.registry.place import Registry, reaching
from training.scorecard import Scorecard

CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"
TESTED, PREDICTIONS = "tested/scorecard.json", "predictions.parquet"


class Version(NamedTuple):
    """A registered version of a model."""

    name: str
    version: str
    run_id: str


class Listed(NamedTuple):
    """A version in a list: when it was made, its aliases, the measures of its blend, and what was decided on it."""

    version: Version
    made_at: int
    aliases: tuple[str, ...]
    metrics: Mapping[str, float]
    decided: str


def find(registry: Registry, name: str, which: str) -> Version:
    """A version by its number or alias; raises RegistryError, naming what there is, when there is none."""
    found = find_or_none(registry, name, which)
    if found is None:
        there = listed(registry, name)
        allowed = ", ".join(f"{row.version.version}{_aliases(row.aliases)}" for row in there)
        do = "train first (leadscore train)" if not there else ""
        raise RegistryError(f"no version '{which}' of {name}", where=registry.tracking_uri, allowed=allowed, do=do)
    return found


def _aliases(aliases: tuple[str, ...]) -> str:
    return f" ({', '.join(aliases)})" if aliases else ""


def find_or_none(registry: Registry, name: str, which: str) -> Version | None:
    """A version by its number or alias, if there is one."""
    with reaching(registry) as client:
        try:
            by_number = which.isdecimal()
            found = (client.get_model_version if by_number else client.get_model_version_by_alias)(name, which)
        except MlflowException as error:
            if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                return None
            raise
        return _version(found)


def listed(registry: Registry, name: str) -> list[Listed]:
    """All versions, the newest first; empty where the model was never registered."""
    with reaching(registry) as client:
        found = client.search_model_versions(f"name = '{name}'", max_results=1_000)
        aliases = _aliases_of(client, name) if found else {}
        rows = [_listed(client, version, aliases) for version in found]
    return sorted(rows, key=lambda row: -int(row.version.version))


def _listed(client: MlflowClient, found: Any, aliases: Mapping[str, list[str]]) -> Listed:
    version, metrics = _version(found), client.get_run(found.run_id).data.metrics
    blend = {key.removeprefix("blend."): value for key, value in metrics.items() if key.startswith("blend.")}
    held = tuple(sorted(aliases.get(version.version, ())))
    return Listed(version, found.creation_timestamp, held, blend, found.tags.get("decided", ""))


def _aliases_of(client: MlflowClient, name: str) -> dict[str, list[str]]:
    aliases: dict[str, list[str]] = {}
    for alias, version in client.get_registered_model(name).aliases.items():
        aliases.setdefault(str(version), []).append(alias)
    return aliases


def _version(found: Any) -> Version:
    return Version(found.name, str(found.version), found.run_id)


def card_of(registry: Registry, version: Version) -> Scorecard:
    """The scorecard of a version, under its number; raises ScorecardError when it was changed since."""
    with TemporaryDirectory() as folder:
        uri = f"models:/{version.name}/{version.version}/artifacts/scorecard.json"
        with reaching(registry):
            path = mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=folder)
        return replace(scorecard.load(Path(path)), model_version=version.version)


def card_as_tested(registry: Registry, version: Version) -> Scorecard | None:
    """The scorecard that a version's run tested, before it learned from all leads; None where none was kept."""
    with TemporaryDirectory() as folder:
        path = _kept(registry, version, TESTED, folder)
        return replace(scorecard.load(path), model_version=version.version) if path else None


def predictions_of(registry: Registry, version: Version) -> pd.DataFrame | None:
    """The predictions of a version's run for its later leads; None where none were kept."""
    with TemporaryDirectory() as folder:
        path = _kept(registry, version, PREDICTIONS, folder)
        return pd.read_parquet(path) if path else None


def text_of(registry: Registry, version: Version, artifact: str) -> str | None:
    """A text that is kept with a version's run, by its path there; None where the run has no such file."""
    with TemporaryDirectory() as folder:
        path = _kept(registry, version, artifact, folder)
        return path.read_text("utf-8") if path else None


def _kept(registry: Registry, version: Version, artifact: str, folder: str) -> Path | None:
    """A file of the version's run, copied into a folder; None where the run has no such file."""
    with reaching(registry) as client:
        beside = client.list_artifacts(version.run_id, str(Path(artifact).parent) if "/" in artifact else None)
        if artifact not in {file.path for file in beside}:
            return None
        uri = f"runs:/{version.run_id}/{artifact}"
        return Path(mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=folder))


def tag(registry: Registry, version: Version, tags: Mapping[str, str]) -> None:
    """Write tags on a version, over those of the same name."""
    with reaching(registry) as client:
        for key, value in tags.items():
            client.set_model_version_tag(version.name, version.version, key, value)

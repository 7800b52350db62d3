"""The champion: the version behind the alias, and its scorecard in the home, where serving reads it.

The scorecard of a new champion is fetched, checked and written beside the home's before the alias is moved, so that
the alias never stands at a version that could not be exported; then the file takes its place in one step. Whoever
dies in between leaves the old file in service, and the next ``train``, ``promote`` or ``retrain`` puts it right.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from features.errors import ConfigError, RegistryError, ScorecardError
from training import scorecard
from training.carried import trained_version
from training.registry.lock import alone
from training.registry.moves import Move, before_champion, moved, moves_of, record
from training.registry.place import Registry, model_name, reaching
from training.registry.versions import CHALLENGER, CHAMPION, PREVIOUS, Version, card_of, find, find_or_none, tag
from training.scorecard import RULES, Scorecard, load

FILE = "scorecard.json"
WAIT = 60.0  # seconds for another command that moves the champion of this home


class MovedError(RegistryError):
    """The champion is another one by now than when the move was decided on."""


def make_champion(registry: Registry, version: Version, home: Path, move: Move) -> Scorecard:
    """Move the alias to a version, export its scorecard to the home, and keep the move.

    Raises MovedError when the champion is not the one ``before`` the move any more, RegistryError or ScorecardError
    when the scorecard cannot be had or the alias not be moved, ConfigError when the home holds another model; the
    champion is then who it was.
    """
    refuse_other_model(home, version.name)
    card = card_of(registry, version)
    with alone(home, "champion", WAIT), _staged(card, home) as staged:
        _refuse_moved(registry, version.name, move.before)
        moves = [*moves_of(registry, version.name), move]
        _point(registry, version, before_champion(moves, version.version))
        staged.replace(home / FILE)
        record(registry, version.name, move)
    return card


def _refuse_moved(registry: Registry, name: str, before: str) -> None:
    now = find_or_none(registry, name, CHAMPION)
    champion = now.version if now else ""
    if champion != before:
        got, allowed = (f"version {v}" if v else "none" for v in (champion, before))
        what, where = "the champion was moved meanwhile", registry.tracking_uri
        raise MovedError(what, where=where, got=got, allowed=f"{allowed}, as when this was decided", do="decide again")


def _point(registry: Registry, version: Version, previous: str | None) -> None:
    """Set the aliases to what they are once the version is the champion; that of the champion last."""
    challenger = find_or_none(registry, version.name, CHALLENGER)
    with reaching(registry) as client:
        if previous:
            client.set_registered_model_alias(version.name, PREVIOUS, previous)
        else:
            client.delete_registered_model_alias(version.name, PREVIOUS)
        client.set_registered_model_alias(version.name, CHAMPION, version.version)
        if challenger == version:
            client.delete_registered_model_alias(version.name, CHALLENGER)


@contextmanager
def _staged(card: Scorecard, home: Path) -> Iterator[Path]:
    """The scorecard as a file beside the home's, which goes when it is not moved there."""
    staged = home / f".{FILE}.next"
    _save(card, staged)
    try:
        yield staged
    finally:
        staged.unlink(missing_ok=True)


def _save(card: Scorecard, path: Path) -> None:
    try:
        scorecard.save(card, path)
    except OSError as error:
        raise RegistryError("the home cannot be written", where=str(path), got=error.strerror or str(error)) from None


def roll_back(registry: Registry, name: str, home: Path, *, reason: str, by: str = "") -> tuple[Version, Version]:
    """Make the champion before this one the champion again; the two versions, from and to.

    One step: a second rollback goes one further back, never forth to a version that was rolled back itself.
    Raises RegistryError when there was none before, ConfigError without a reason.
    """
    if not reason.strip():
        raise ConfigError("a rollback needs a reason", do="say why: --reason TEXT")
    now = find(registry, name, CHAMPION)
    before = before_champion(moves_of(registry, name), now.version)
    if before is None:
        do = "make another version the champion with leadscore promote --version N --override --reason TEXT"
        raise RegistryError(f"no champion came before version {now.version}", where=registry.tracking_uri, do=do)
    to = find(registry, name, before)
    make_champion(registry, to, home, moved("rolled back", before, before=now.version, by=by, reason=reason))
    tag(registry, now, {"decided": "rolled back", "decided_why": reason})
    return now, to


def settle(registry: Registry, name: str, home: Path) -> Version | None:
    """Export the champion to a home that has another version of it, or none; the champion, if there is one.

    A home whose scorecard file stands under the champion's number, and can be read, is left as it is; so is one in
    which an agreement was adopted, which only a promotion replaces. Raises ConfigError when it holds another model.
    """
    refuse_other_model(home, name)
    champion = find_or_none(registry, name, CHAMPION)
    if not _lacks(home, champion):
        return champion
    with alone(home, "champion", WAIT):
        champion = find_or_none(registry, name, CHAMPION)  # who held the lock may have moved it
        if champion is not None and _lacks(home, champion):
            _save(card_of(registry, champion), home / FILE)
    return champion


def _lacks(home: Path, champion: Version | None) -> bool:
    """Whether the home should hold the champion, and holds another version or nothing that can be read."""
    held = _held(home)
    return champion is not None and (held is None or trained_version(held[1]) not in (champion.version, RULES))


def refuse_other_model(home: Path, name: str) -> None:
    """Raise ConfigError when the home serves another model than the registered one of this name.

    An adopted agreement, which has no history, may be replaced; so may a file that cannot be read.
    """
    held = _held(home)
    if held is not None and held[0] != name and held[1] != RULES:
        of, asked = (full.removeprefix(model_name("")) for full in (held[0], name))
        what = f"this home holds the model '{of}'"
        raise ConfigError(what, where=str(home), got=f"'name: {asked}'", do="give another --home")


def _held(home: Path) -> tuple[str, str] | None:
    """The model and the version that the home's scorecard file holds, if it can be read."""
    try:
        card = load(home / FILE)
    except ScorecardError:
        return None
    return model_name(card.name), card.model_version


def model_of(registry: Registry, home: Path, name: str = "") -> str:
    """The registered model's name: of a configuration's name, else of what the home holds, else of the only one.

    Raises RegistryError when nothing was ever registered, or when it is not plain which model is meant.
    """
    if not registry.begun:
        do = "train first (leadscore train), or name the model's folder with --home"
        raise RegistryError("nothing was registered here yet", where=str(home), do=do)
    held = _held(home)
    if name:
        return model_name(name)
    if held:
        return held[0]
    with reaching(registry) as client:
        names = [model.name for model in client.search_registered_models("name LIKE 'leadscore-%'")]
    if len(names) == 1:
        return str(names[0])
    plain = ", ".join(n.removeprefix(model_name("")) for n in names)
    raise RegistryError("which model is meant?", where=registry.tracking_uri, allowed=plain, do="say it with --model")

"""From a file to a connection that holds together."""

import re
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from features.errors import ConfigError, LeadscoreError, nearest
from features.yamlfile import Document, read
from serving.crm.config import PROFILE, SCORES, USUAL, CrmConfig, completed
from serving.crm.fields import FIELDS
from serving.crm.secret import Secret

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_PROPERTY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_TABLE = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_TENANT = re.compile(r"[A-Za-z0-9.-]{1,100}")
_VERSION = re.compile(r"v\d{1,3}(\.\d)?")
_FIND_BY = ("lead_id", "email", f"{PROFILE}NAME")
_FORBIDDEN_IN_ODOO = ("probability", "automated_probability", "is_automated_probability")
_OF_SCORES = {
    "msdyn_score": ("score", "probability"),
    "msdyn_grade": ("grade",),
    "msdyn_scoretrend": ("trend",),
    "msdyn_scorereasons": ("summary", "reason_1"),
    "msdyn_scoredon": ("scored_at",),
    "msdyn_name": ("lead_id",),
}


def load_crm(path: Path) -> CrmConfig:
    """Read and check the file of a connection; credentials are not read yet.

    Raises ConfigError, which names the line, what was expected and the nearest valid name.
    """
    document = read(path, ConfigError)
    config = completed(document.into(CrmConfig))
    for check in (_names, _address, _credentials, _found, _fields, _numbers, _vendor):
        check(config, document)
    return config


def load_all(paths: Sequence[Path]) -> tuple[CrmConfig, ...]:
    """Several connections, each of a name of its own; raises ConfigError."""
    configs = tuple(load_crm(path) for path in paths)
    for path, config in zip(paths, configs, strict=True):
        if sum((one.name, one.program) == (config.name, config.program) for one in configs) > 1:
            what, do = "two connections have one name", "give each a 'name: ...'"
            raise ConfigError(what, where=str(path), got=config.name, do=do)
    return configs


def _names(config: CrmConfig, document: Document) -> None:
    allowed = "small letters, digits, - and _, up to 40"
    if not _NAME.fullmatch(config.name):
        raise document.refuse("not a name for a connection", ("name",), got=repr(config.name), allowed=allowed)
    if not _TABLE.fullmatch(config.object):
        raise document.refuse("not the name of a table", ("object",), got=repr(config.object))
    if config.api_version and not _VERSION.fullmatch(config.api_version):
        raise document.refuse("not a version", ("api_version",), got=config.api_version, allowed="such as v62.0")


def _address(config: CrmConfig, document: Document) -> None:
    for key in ("address", "login", "public_url"):
        address = getattr(config, key)
        if not address and key == "public_url":
            continue
        if why := unfit(address):
            do = "give the address of the CRM alone, such as https://contoso.crm.dynamics.com"
            raise document.refuse(f"not an address to send to: {why}", (key,), got=address[:80], do=do)
    if config.public_url == "" and "card_url" in config.fields:
        raise document.refuse("card_url needs public_url", ("fields", "card_url"), do="add 'public_url: https://...'")


def unfit(address: str) -> str:
    """Why nothing is sent to an address; empty where something may be.

    >>> unfit("https://contoso.crm.dynamics.com"), unfit("http://127.0.0.1:8069"), unfit("http://crm.example")
    ('', '', 'http is for this machine alone; elsewhere https')
    """
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "it is no URL"
    if parts.scheme not in ("http", "https") or not host or not address.isascii() or not address.isprintable():
        return "it is no URL with a host"
    if parts.username is not None or parts.password is not None:
        return "a user name or password would be seen in it"
    if parts.query or parts.fragment or parts.path not in ("", "/"):
        return "it has more than a host"
    if parts.scheme == "http" and not is_loopback(parts):
        return "http is for this machine alone; elsewhere https"
    return ""


def is_loopback(parts: SplitResult) -> bool:
    """Whether a URL leads to this machine."""
    host = parts.hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _credentials(config: CrmConfig, document: Document) -> None:
    needed = USUAL[config.connector].secrets
    for name in ("token", "client_id", "client_secret"):
        secret: Secret | None = getattr(config.credentials, name)
        if secret is None and name in needed:
            do = f"add '{name}: {{env: NAME}}' or '{name}: {{file: PATH}}'"
            raise document.refuse(f"{config.connector} needs the credential '{name}'", ("credentials",), do=do)
        if secret is not None and name not in needed:
            what = f"{config.connector} takes no '{name}'"
            raise document.refuse(what, ("credentials", name), allowed=", ".join(needed))
        if secret is not None and bool(secret.env) == bool(secret.file):
            what, allowed = "say where the credential is kept, once", "env or file"
            raise document.refuse(what, ("credentials", name), allowed=allowed)


def _found(config: CrmConfig, document: Document) -> None:
    field = config.profile_field
    if not field and config.find_by not in ("lead_id", "email"):
        what = (
            "it is not said how a lead is found in the CRM" if not config.find_by else "a lead cannot be found by this"
        )
        do = "say 'find_by: profile.NAME', with the field that holds the CRM's id"
        raise document.refuse(what, ("find_by",), got=config.find_by, allowed=", ".join(_FIND_BY), do=do)
    if config.find_in and not _PROPERTY.fullmatch(config.find_in):
        raise document.refuse("not the name of a property", ("find_in",), got=repr(config.find_in)[:80])


def _fields(config: CrmConfig, document: Document) -> None:
    seen: dict[str, str] = {}
    for field, name in config.fields.items():
        path = ("fields", field)
        if field not in FIELDS:
            raise document.refuse(f"there is no field '{field}'", path, do=nearest(field, FIELDS))
        if not _PROPERTY.fullmatch(name):
            raise document.refuse("not the name of a property", path, got=repr(name)[:80])
        if name == config.find_in:
            raise document.refuse("what a lead is found by cannot be written", path, got=name)
        if name in seen:
            raise document.refuse(f"'{name}' is written twice", path, got=f"{seen[name]} and {field}")
        seen[name] = field


def _numbers(config: CrmConfig, document: Document) -> None:
    for key, low, high in (("decimals", 0, 6), ("longest", 10, 1_000_000), ("timeout", 1, 60)):
        value = getattr(config, key)
        if not low <= value <= high:
            raise document.refuse("out of range", (key,), got=f"{value:g}", allowed=f"{low} to {high:,}")


def _vendor(config: CrmConfig, document: Document) -> None:
    if problem := _VENDOR[config.connector](config, document):
        raise problem


def _hubspot(config: CrmConfig, document: Document) -> LeadscoreError | None:
    if config.find_by == "lead_id" and not config.find_in:
        return document.refuse(
            "HubSpot does not know our ids",
            ("find_by",),
            do="say in find_in which unique property of yours holds them, or find_by: email",
        )
    return None


def _salesforce(config: CrmConfig, document: Document) -> LeadscoreError | None:
    if not config.find_in:
        what = "Salesforce finds by an external id only, not by its own"
        do = "make a custom field that is an external id, and name it in find_in"
        return document.refuse(what, ("find_in",), got="nothing", do=do)
    return None


def _dynamics(config: CrmConfig, document: Document) -> LeadscoreError | None:
    if not _TENANT.fullmatch(config.tenant):
        return document.refuse("the directory is to be named", ("tenant",), got=config.tenant, do="add 'tenant: ID'")
    if config.find_in:
        what = "Dynamics 365 is asked by the lead's own id"
        return document.refuse(what, ("find_in",), got=config.find_in, do="leave find_in out")
    if config.find_by == "email":
        do = "say 'find_by: profile.NAME', with the field that holds the lead's id in Dynamics 365"
        return document.refuse("Dynamics 365 does not find by e-mail", ("find_by",), got="email", do=do)
    for field, name in config.fields.items() if config.object == SCORES else ():
        fitting = _OF_SCORES.get(name)
        if fitting is None:
            what = f"the table {SCORES} has no such column to write"
            return document.refuse(what, ("fields", field), got=name, do=nearest(name, _OF_SCORES))
        if field not in fitting:
            return document.refuse(f"{name} holds something else", ("fields", field), allowed=", ".join(fitting))
    return None


def _odoo(config: CrmConfig, document: Document) -> LeadscoreError | None:
    for field, name in config.fields.items():
        if name in _FORBIDDEN_IN_ODOO:
            what = f"'{name}' is not written: from then on Odoo's own scoring leaves the lead alone"
            do = "make a field of your own, such as x_leadscore_probability, and write that"
            return document.refuse(what, ("fields", field), got=name, do=do)
    if config.find_by == "lead_id" and not config.find_in:
        do = "say in find_in which field of yours holds them, such as x_leadscore_id"
        return document.refuse("Odoo does not know our ids", ("find_by",), do=do)
    if config.database and not config.database.isprintable():
        return document.refuse("not a database", ("database",))
    return None


_VENDOR = {"hubspot": _hubspot, "salesforce": _salesforce, "dynamics": _dynamics, "odoo": _odoo}

"""Styles and scripts: served under a name that changes with their content, so that browsers keep them for good."""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from features.errors import LeadError

_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}


class Asset(NamedTuple):
    """A file and the address under which it is served."""

    address: str
    content: bytes
    media_type: str


@cache
def assets() -> Mapping[str, Asset]:
    """The files by name, read once."""
    found = {}
    for file in files("serving.pages").joinpath("static").iterdir():
        content, (stem, _, kind) = file.read_bytes(), file.name.rpartition(".")
        address = f"/static/{stem}.{sha256(content).hexdigest()[:12]}.{kind}"
        found[file.name] = Asset(address, content, _TYPES[kind])
    return found


def address_of(name: str) -> str:
    """Where a file is served; raises KeyError where there is none of this name."""
    return assets()[name].address


def asset_route() -> Route:
    """``GET /static/...``: without a key, as nothing in these files is secret."""
    by_address = {asset.address: asset for asset in assets().values()}

    async def serve(request: Request) -> Response:
        asset = by_address.get(request.url.path)
        if asset is None:
            raise LeadError("there is no such file", where=request.url.path)
        headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
        return Response(asset.content, media_type=asset.media_type, headers=headers)

    return Route("/static/{name}", serve, include_in_schema=False)

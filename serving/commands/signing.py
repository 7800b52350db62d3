"""Options of the commands that serve, about who may see pages and where these may stand."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from features.errors import ConfigError
from serving.signin.settings import HOUR, OpenId, SignInSettings, roles_of

SignIn = Annotated[
    bool,
    typer.Option(
        "--sign-in",
        envvar="LEADSCORE_SIGN_IN",
        help="Have people sign in to the pages on this machine too; beyond it they always do.",
    ),
]
PublicUrl = Annotated[
    str,
    typer.Option(
        envvar="LEADSCORE_PUBLIC_URL",
        metavar="URL",
        help="Where people reach the service, such as https://leads.acme.example; for links to cards.",
        show_default=False,
    ),
]
Frame = Annotated[
    list[str] | None,
    typer.Option(
        envvar="LEADSCORE_FRAMES",
        metavar="ORIGIN",
        help="A CRM in whose frames cards may stand, such as https://app.hubspot.com; can be given several times.",
        show_default=False,
    ),
]
SessionHours = Annotated[
    int, typer.Option(min=1, max=720, help="Hours after which people sign in again, at the latest.")
]
Issuer = Annotated[
    str,
    typer.Option(
        "--oidc-issuer",
        envvar="LEADSCORE_OIDC_ISSUER",
        metavar="URL",
        help="The OpenID Connect provider at which people sign in, exactly as it names itself.",
        show_default=False,
    ),
]
ClientId = Annotated[
    str,
    typer.Option(
        "--oidc-client-id",
        envvar="LEADSCORE_OIDC_CLIENT_ID",
        help="What it knows this service by.",
        show_default=False,
    ),
]
Secret = Annotated[
    str,
    typer.Option(
        "--oidc-client-secret",
        envvar="LEADSCORE_OIDC_CLIENT_SECRET",
        metavar="SECRET",
        help="The secret of that; better in the environment or in a file, as others on the machine see options.",
        show_default=False,
    ),
]
SecretFile = Annotated[
    Path | None,
    typer.Option(
        "--oidc-secret-file",
        envvar="LEADSCORE_OIDC_SECRET_FILE",
        help="The file that holds this secret.",
        show_default=False,
    ),
]
RoleClaim = Annotated[
    str, typer.Option("--oidc-role-claim", help="The claim of its ID token that gives the role, such as groups.")
]
RoleOf = Annotated[
    list[str] | None,
    typer.Option(
        "--oidc-role",
        metavar="VALUE=ROLE",
        help="Which value of it means rep, manager or admin, such as sales-heads=manager; * means any value. Can be "
        "given several times; without it everybody whom the provider vouches for is a rep.",
        show_default=False,
    ),
]
Domain = Annotated[
    list[str] | None,
    typer.Option(
        "--oidc-domain",
        help="Let only people in whose verified e-mail address is of this domain; can be given several times.",
        show_default=False,
    ),
]


def openid_of(
    issuer: str,
    client: tuple[str, str, Path | None],
    claim: str,
    roles: list[str] | None,
    domains: list[str] | None,
) -> OpenId | None:
    """The provider that the options name; ``client``: its id, its secret, and the file of that. Raises ConfigError."""
    if not issuer:
        return None
    if find_spec("joserfc") is None:
        do = "pip install 'leadscore[oidc]'"
        raise ConfigError("OpenID Connect needs 'joserfc', which is not installed", where="--oidc-issuer", do=do)
    client_id, secret, file = client
    return OpenId(
        issuer=issuer,
        client_id=client_id,
        client_secret=secret if file is None else _read(file),
        role_claim=claim,
        roles=roles_of(roles or ()),
        domains=tuple(domains or ()),
    )


def signing_in(asked: bool, hours: int, openid: OpenId | None) -> SignInSettings:
    """How people sign in."""
    return SignInSettings(asked=asked or openid is not None, longest=hours * HOUR, openid=openid)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("cannot read the client secret", where=str(path), got=type(error).__name__) from None

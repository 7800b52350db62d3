"""``leadscore links``: addresses that open one lead's card without signing in."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from features.moments import DAY, iso, now
from serving.commands.options import Home, StoreUrl
from serving.commands.signing import PublicUrl
from serving.store.place import open_store

app = typer.Typer(no_args_is_help=True, help="Links that open one lead's card without signing in: make, rotate.")


@app.command()
def make(
    lead: Annotated[str, typer.Argument(help="The lead's id.", show_default=False)],
    days: Annotated[int, typer.Option(min=1, max=366, help="For how many days it opens the card.")] = 30,
    by: Annotated[
        str,
        typer.Option(help="The name by which acts are signed that it leads to; default: yours.", show_default=False),
    ] = "",
    program: Annotated[str, typer.Option(help="Which card: that of leads or of customers.")] = "leads",
    public_url: PublicUrl = "",
    home: Home = Path(".leadscore"),
    store: StoreUrl = "",
) -> None:
    """Make a link to a lead's card and print it; whoever has it may see this lead and act on it, and nothing else."""
    from serving.access.caller import at_the_keyboard
    from serving.signin.links import Link, Links, address, noted
    from serving.signin.origins import checked_address

    base = checked_address(public_url) or "http://127.0.0.1:8000"
    who, at = at_the_keyboard(), now()
    link = Link(lead, program, by or who.name, at + days * DAY)
    with closing(open_store(home, store)) as opened:
        opened.write(lambda c: noted(c, who, link, at))
        token = Links(opened, now).made(link)
    typer.echo(f"Opens the card until {iso(link.expires_at)}, as {link.name}:", err=True)
    typer.echo(address(base, link, token))


@app.command()
def rotate(
    at_once: Annotated[
        bool, typer.Option("--at-once", help="Make every link void now; else those there are hold for 30 days more.")
    ] = False,
    home: Home = Path(".leadscore"),
    store: StoreUrl = "",
) -> None:
    """Sign links with a new secret from now on. A running service knows within seconds."""
    from serving.access.caller import at_the_keyboard
    from serving.signin.secret import rotate as change

    with closing(open_store(home, store)) as opened:
        opened.write(lambda c: change(c, at_the_keyboard(), now(), at_once=at_once))
    typer.echo("Links that were made so far are void." if at_once else "Links that were made so far hold for 30 days.")

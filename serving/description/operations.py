"""The names of operations, which importers show to people as the names of actions."""

from fastapi.routing import APIRoute


def operation_id(route: APIRoute) -> str:
    """The name of a route's handler, as importers like it: ``list_leads`` is ``listLeads``."""
    first, *others = route.name.split("_")
    return first + "".join(word.capitalize() for word in others)

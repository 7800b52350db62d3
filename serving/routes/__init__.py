"""The routes of the service, a file for each kind of thing; each handler is two steps from its work."""

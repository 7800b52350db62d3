"""A score and its reasons, to programs and to people: the HTTP service and the command line."""

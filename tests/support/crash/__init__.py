"""The crash test: a service under load that is killed again and again, and what must be true of it every time."""

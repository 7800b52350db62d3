"""The store: what the service must not lose, in SQLite or PostgreSQL. Nothing else opens a database."""

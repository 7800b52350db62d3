"""Alembic's entry: migrations run on the connection that ``serving.store.migrate`` has opened."""

from alembic import context

from serving.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()

"""Runs migrations on the connection that `scheduler.storage.schema` hands over."""

from alembic import context

from scheduler.storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata(),
    render_as_batch=True,  # SQLite can't alter a table in place
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()

"""How Alembic runs the revisions: on the connection that `migrate` was given."""

from __future__ import annotations

from alembic import context

from pinsmith.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()

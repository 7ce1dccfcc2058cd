"""Alembic's entry: runs the migrations on the connection that exchange.cms.migrate hands over."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table_schema="ledger",
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()

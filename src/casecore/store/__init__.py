"""The event store: PostgreSQL through the eventsourcing recorder, receipts, migrations, the log's reader."""

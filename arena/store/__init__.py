"""The durable record: tables, sessions, queries and migrations."""

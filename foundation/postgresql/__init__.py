"""Django's backend for PostgreSQL, with a health check that asks the connection's socket instead of the server, and
with statements that the server prepares."""

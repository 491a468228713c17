"""Where everything is kept: tables, transactions, keys and migrations, on SQLite and PostgreSQL."""

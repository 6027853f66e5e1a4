"""The node's SQLite files: migrations, the tables, and the journal as the one door for change."""

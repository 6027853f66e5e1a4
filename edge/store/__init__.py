"""SQLite through sqlite-utils: one file, one owning thread, one door for change."""

"""The messages of JT/T 808 as tables of fields, one file per group of the standard."""

"""A unit's reports as files: the same figures as a table for people, a spreadsheet, a page to print, or JSON."""

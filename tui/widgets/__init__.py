"""Pieces the screens are made of. They speak by messages and never reach into their parent."""

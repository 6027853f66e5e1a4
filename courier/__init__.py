"""Carries bundles by hand: files on sticks, written and read so that no stick, however bad, does harm."""

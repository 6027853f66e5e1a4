"""The regional server: it verifies what the units' nodes signed, keeps it, and shows what is held and what is not.

It never imports ``edge``: between the two there are only bytes.
"""

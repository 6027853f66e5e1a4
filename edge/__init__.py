"""The unit's node: a service that listens to terminals, keeps orders in SQLite and serves the unit's screens and pages.

It works for weeks without a link. It never imports ``central``: between the two there are only bytes.
"""

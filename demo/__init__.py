"""A whole region on one machine: it starts the real processes, plays a day through their doors and reports what happened.

It imports none of the buildings it starts, and uses only the commands, pages and lines that a person or a vehicle would.
"""

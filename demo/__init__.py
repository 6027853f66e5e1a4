"""A whole region on one machine: start the real processes, play a day through their doors and report what happened.

It imports none of the buildings it starts, and uses only the commands, pages and lines a person or a vehicle would.
"""

"""NMEA 0183, sans-IO: what receivers say, as sentences, as typed facts, and as one position an epoch.

frame     bytes → sentences that passed their check     sentences  the sentences' fields
epochs    sentences of one moment → one fix             describe   a line or a capture as facts
"""

"""NMEA 0183, sans-IO: what receivers say, as sentences, as typed facts, and as one position an epoch.

frame     bytes → sentences that passed their check     sentences  text → what it states (said)
epochs    sentences of one moment → one fix             receiver   one line's receiver, counted
describe  a line or a capture as facts
"""

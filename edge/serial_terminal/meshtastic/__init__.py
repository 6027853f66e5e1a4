"""Meshtastic radios on a serial port, sans-IO: positions and telemetry of known nodes, heard over the mesh.

stream    bytes ↔ frames            protobuf  wire format ↔ fields      messages  the few messages needed
radio     the host's side of a line describe  a capture as facts

Only what is needed is described here, in our own words, by field numbers.
"""

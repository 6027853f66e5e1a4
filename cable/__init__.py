"""The wires behind a machine: a serial port opened, a line kept open, a radio's station on it. For both buildings."""

"""BeiDou RDSS modules on a serial port, sans-IO: short messages by satellite, in and out.

frame     bytes ↔ frames of both protocols     sentences  protocol 2.1        binary  protocol 4.0
text      what a message's bytes say           messenger  the host's side     describe  a capture as facts

Modules speak 2.1 (sentences) or 4.0 (binary frames); which, the first good frame tells.
"""

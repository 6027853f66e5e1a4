"""GB/T 19056 driving recorders on a serial port, sans-IO: one question, one answer, records by time.

block     bytes ↔ blocks            records   a block's data as facts, positions
download  a range of records, asked for until it is complete         describe  a capture as facts

The standard's text is not public; this is what implementations agree on. What they leave open is named where it is.
"""

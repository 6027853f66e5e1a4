"""JT/T 808-2011, -2013 and -2019, sans-IO: bytes and times go in, values come out, nothing is read or written.

frame      bytes ↔ frames          header    both headers        location   position reports
fields     kinds of field          layout    one message's shape tables/    the messages
messages   payload ↔ message       packages  joins sub-packages  station    the platform's side of a line
describe   a line of hex as facts
"""

"""What is true about orders, vehicles and signatures, for every building alike.

Nothing here opens a file, a port or a connection, and nothing here knows the time: clock, disk, link and randomness
come in by the ports of `fleet.ports`. It answers with codes and facts; faces put them into words with `fleet.words`.
"""

"""Serial radio: how a node and its base station share one slow, noisy, half-duplex channel. Pure: no port, no clock.

    exchange  ⇄ bytes ⇄  talk (selective repeat, sealed)  ⇄ packets ⇄  caller | base (whose turn)  ⇄ frames ⇄  the air

The base (central) only answers. A node calls, in bursts of packets; after each burst the base has its turn, and so on
until neither has anything left. Time comes in as an argument, in seconds that only go forward; randomness by its port.
"""

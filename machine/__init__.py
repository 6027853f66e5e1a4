"""The machine a program runs on, for every room that runs on one: clocks, randomness, memory, files."""

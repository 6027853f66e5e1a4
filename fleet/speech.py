"""A fingerprint as words to read aloud over a telephone: eight pairs of a quality and a thing, "red horse, slow lake".

Each word stands for six bits, so the eight pairs hold the first 96 of the fingerprint's 128 bits. The lists say the
same in both languages, place by place, and no two of their words sound alike; whoever reads Chinese and whoever reads
English can compare by their meaning.
"""

from __future__ import annotations

from fleet.ledger.suite import of_key
from fleet.words import Words

PAIRS, BITS = 8, 6


def spoken(public: bytes, words: Words) -> str:
    """The words of a public key, in the language of `words`."""
    size = 2 * PAIRS * BITS
    number = int.from_bytes(of_key(public).hash("fingerprint", public)[: size // 8])
    places = [number >> shift & (1 << BITS) - 1 for shift in range(size - BITS, -1, -BITS)]
    qualities, things = words("speech.qualities").split(), words("speech.things").split()
    pairs = zip(places[::2], places[1::2], strict=True)
    return words("speech.between").join(
        words("speech.pair", quality=qualities[quality], thing=things[thing]) for quality, thing in pairs
    )

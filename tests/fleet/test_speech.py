"""Fingerprints to read aloud: the same key gives the same words, another key gives others."""

from __future__ import annotations

import pytest

from fleet.ledger.suite import SHIPPED, of_key
from fleet.speech import BITS, PAIRS, spoken
from fleet.words import LANGUAGES, Words

KEYS = [SHIPPED.key(bytes([number]) * 32).public for number in range(40)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ["speech.qualities", "speech.things"])
def test_there_is_a_word_for_every_six_bits_and_none_stands_twice(language: str, key: str) -> None:
    listed = Words(language, "command")(key).split()  # type: ignore[arg-type]

    assert len(listed) == len(set(listed)) == 1 << BITS


def test_both_languages_say_the_same_bits_in_the_same_places() -> None:
    for public in KEYS:
        places = []
        for language in LANGUAGES:
            words = Words(language, "command")
            pairs = spoken(public, words).split(words("speech.between"))
            by_pair = {
                words("speech.pair", quality=quality, thing=thing): (first, then)
                for first, quality in enumerate(words("speech.qualities").split())
                for then, thing in enumerate(words("speech.things").split())
            }
            assert len(pairs) == PAIRS
            places.append([place for pair in pairs for place in by_pair[pair]])
        bits = sum(place << BITS * at for at, place in enumerate(reversed(places[0])))

        assert places[0] == places[1]
        assert bits.to_bytes(12) == of_key(public).hash("fingerprint", public)[:12]


def test_no_two_keys_sound_alike() -> None:
    assert len({spoken(public, Words("en", "command")) for public in KEYS}) == len(KEYS)

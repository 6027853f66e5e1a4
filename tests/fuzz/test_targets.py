"""The fuzzing targets hold on what fuzzing starts from, on damage to it, and on noise: so that they stay runnable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.seeds import SEEDS
from tests.fuzz.targets import TARGETS


def test_every_parser_has_a_target_and_something_to_start_from() -> None:
    assert set(TARGETS) == set(SEEDS)
    assert all(SEEDS.values())


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_holds_on_its_seeds(name: str) -> None:
    for seed in SEEDS[name]:
        TARGETS[name](seed)
        TARGETS[name](seed[: len(seed) // 2] + seed)


@given(
    st.sampled_from(sorted(TARGETS)).flatmap(lambda name: st.tuples(st.just(name), st.sampled_from(SEEDS[name]))),
    st.lists(st.tuples(st.integers(0, 500), st.binary(max_size=4)), max_size=4),
)
def test_a_target_holds_on_damage(chosen: tuple[str, bytes], damage: list[tuple[int, bytes]]) -> None:
    name, data = chosen
    for at, patch in damage:
        data = data[:at] + patch + data[at + len(patch) :]
    TARGETS[name](data)


@given(st.sampled_from(sorted(TARGETS)), st.binary(max_size=400))
def test_a_target_holds_on_noise(name: str, data: bytes) -> None:
    TARGETS[name](data)

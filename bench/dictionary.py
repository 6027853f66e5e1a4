"""Trains the wire codec's dictionary on workloads of several units.

    python -m bench.dictionary --out fleet/ledger/dictionaries/2.json MONTH.jsonl...

Only what more than half of the units have in common goes in: a dictionary must not know one unit's people, vehicles or
places, and none that is measured may be among those it was trained on. A dictionary that has shipped is never changed:
a new one gets the next number, and `fleet.ledger.memory.NEWEST` names it.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

import click

from bench import replay
from fleet.ledger import codec
from fleet.ledger.codec import Place
from fleet.ledger.columns import TEXT_CODEC, Writer
from fleet.ledger.memory import PLAIN, Dictionary, Memory, Table, dictionary
from fleet.ledger.operation import Author, read

SIZE_MAX = 16 * 1024
VALUES_MAX = 160
TEXT_SIZE_MAX = 2 * 1024
PIECE_LENGTHS = range(2, 9)


class Listener(Writer):
    """Columns that only count what is written in full."""

    def __init__(self) -> None:
        super().__init__()
        self.literals: list[str] = []

    def text(self, name: str, value: str) -> str:
        """Take note of a text."""
        self.literals.append(value)
        return super().text(name, value)


def operations_of(path: Path) -> tuple[Place, list[bytes]]:
    """A unit's month as its own node writes it, and where it begins."""
    with tempfile.TemporaryDirectory() as directory:
        ends = replay.Ends(Path(directory), lines := replay.read(path))
        node = ends.node.replica
        begin = node.made
        for line in lines:
            if line.node == "unit":
                ends.act(line)
        author, seq, out = Author(1, 1), begin, list[bytes]()
        while delta := node.run(author, seq, 1 << 20):
            out += delta.operations
            seq += len(delta.operations)
        return Place(replay.UNIT, author, begin, read(out[0]).operation.prev), out


def train(paths: Iterable[Path]) -> dict[str, object]:
    """The dictionary of several months."""
    shapes: Counter[str] = Counter()
    months = [operations_of(path) for path in paths]
    for place, operations in months:
        shapes.update(_pass(place, operations, Memory(_begins(())))[0].table("shape.is").values)
    common = [shape for shape, units in shapes.most_common() if 2 * units > len(months)]
    values: dict[str, Counter[str]] = defaultdict(Counter)
    pieces: Counter[str] = Counter()
    for place, operations in months:
        memory, literals = _pass(place, operations, Memory(_begins(tuple(common))))
        for name, table in memory.tables().items():
            values[name].update(_values(table))
        pieces.update(_pieces(literals))
    listed = {
        name: kept
        for name, units in sorted(values.items())
        if name != "shape.is" and (kept := [value for value, n in units.most_common(VALUES_MAX) if 2 * n > len(months)])
    }
    return {
        "shapes": common,
        "values": listed,
        "text": _text([piece for piece, units in pieces.items() if 2 * units > len(months)], pieces),
    }


def _begins(shapes: tuple[str, ...]) -> Dictionary:
    begins = dictionary(PLAIN)
    assert begins is not None  # noqa: S101 - the empty dictionary is always there
    return begins._replace(shapes=shapes)


def _pass(place: Place, operations: list[bytes], memory: Memory) -> tuple[Memory, list[str]]:
    listener = Listener()
    codec.write_run(listener, operations, place, memory, lambda _author, _seq: None)
    return memory, listener.literals


def _values(table: Table) -> set[str]:
    return set(table.values)


def _pieces(literals: list[str]) -> set[str]:
    counts: Counter[str] = Counter()
    for text in literals:
        for length in PIECE_LENGTHS:
            counts.update(text[at : at + length] for at in range(len(text) - length + 1))
    return {piece for piece, count in counts.items() if count >= 4 and not any(char.isdigit() for char in piece)}


def _text(shared: list[str], pieces: Counter[str]) -> str:
    """Pieces units share, the longest last: what is nearest is cheapest to point at."""
    kept: list[str] = []
    for piece in sorted(shared, key=lambda piece: (-pieces[piece] * len(piece), piece)):
        if not any(piece in other for other in kept):
            kept.append(piece)
        if len("".join(kept).encode(TEXT_CODEC)) > TEXT_SIZE_MAX:
            break
    return "".join(reversed(kept))


@click.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True)
@click.argument("workloads", type=click.Path(path_type=Path, exists=True, dir_okay=False), nargs=-1, required=True)
def main(out: Path, workloads: tuple[Path, ...]) -> None:
    """Train a dictionary on months of WORKLOADS, each of another unit."""
    text = json.dumps(train(workloads), ensure_ascii=False, indent=0) + "\n"
    if len(text.encode()) > SIZE_MAX:
        raise click.ClickException(f"{len(text.encode())} bytes are more than {SIZE_MAX}")
    out.parent.mkdir(exist_ok=True)
    out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

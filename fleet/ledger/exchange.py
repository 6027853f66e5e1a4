"""The sync conversation: the same machine at both ends, sans-IO. Bytes go in, bytes come out; the caller owns the link.

    A -> B   hello (heads A holds) · deltas A thinks B lacks
    B -> A   hello (heads B holds) · receipts · refusals · deltas A lacks

One round trip is enough when A remembers what B has receipted. Nothing is marked as sent: what counts is what the other
side says it holds. Cut anywhere, the next conversation starts from there. Receiving never fails as a whole because of
one delta: what is not believed is refused, with the reason sent back.

Who was revoked is heard, and told of its own log and nothing else: what it wrote in time is not lost, and it learns
nothing new. A greeting is signed for the conversation it is said in (`bound`), so whoever keeps one, or was given one,
opens no other conversation with it.

What the other end lacks, and in which order it goes, is a matter of its own (`backlog`), and so is a log that was
continued twice (`partings`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from fleet.errors import NotTrusted
from fleet.ledger import codec, greeting, memory, rights
from fleet.ledger.backlog import Backlog
from fleet.ledger.blobs import BlobStore
from fleet.ledger.certificate import CENTRAL, Certificate
from fleet.ledger.delta import Delta
from fleet.ledger.freight import Freight
from fleet.ledger.marks import Identity
from fleet.ledger.operation import ORIGIN, Author, Head, Named, read
from fleet.ledger.partings import Partings
from fleet.ledger.replica import Replica
from fleet.ledger.session import SHARE_SIZE, Session, Share
from fleet.ledger.store import REFUSALS_MAX, Receipt, Refusal
from fleet.ledger.wire import (
    HEADS_MAX,
    Hello,
    Live,
    Message,
    Outlined,
    Packed,
    Piece,
    Plain,
    Sealed,
    Unpacker,
    Want,
    mark,
    pack,
)

SEAL_EVERY = 64
"""Operations that cross one by one in a session before the seal over them follows, and central's receipt comes back."""
PACKED = 3
"""Bytes of operations that become one byte on the way, about, where many are packed together."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """This end: who it is, the certificate that proves it, and whether it is central, which gives receipts."""

    identity: Identity
    certificate: bytes
    gives_receipts: bool = False


@dataclass(slots=True)
class Outcome:
    """What a conversation has brought so far."""

    stored: int = 0
    receipts: int = 0
    refused: list[Refusal] = field(default_factory=list)
    waiting_for: tuple[Head, ...] = ()


class Exchange:
    """One conversation about one unit. `central_public` is central's key at a node, None at central. Where the other
    end forgets everything between turns (a request over HTTPS), `turns_stand_alone`: each then begins with a hello. A
    conversation of a node that stays open for what happens next is `standing`: a session (see `session`) is agreed, in
    which acts go to central one by one; it ends with `closing`. `bound` is what both ends know of this conversation and
    no other has: it is under the signature of each greeting, and not said."""

    def __init__(
        self,
        replica: Replica,
        speaker: Speaker,
        *,
        root_public: bytes,
        central_public: bytes | None = None,
        believed: Iterable[Head] = (),
        turns_stand_alone: bool = False,
        standing: bool = False,
        dictionary_known: int = memory.NEWEST,
        blobs: BlobStore | None = None,
        bound: bytes = b"",
    ) -> None:
        self.outcome = Outcome()
        self._freight = Freight(blobs, replica.state.blobs, tracks=central_public is None) if blobs else None
        self.peer: Certificate | None = None
        self.peer_heads: tuple[Head, ...] = ()
        self._peer_author: Author | None = None
        self._replica, self._speaker, self._root, self._central = replica, speaker, root_public, central_public
        self._unpacker, self._bound = Unpacker(), bound
        self._backlog = Backlog(replica, believed, dictionary_known)
        self._partings = Partings(replica, self._backlog)
        self._greeted, self._turns_stand_alone, self._standing = False, turns_stand_alone, standing
        self._refusals: list[Refusal] = []
        self._receipts: dict[Author, Receipt] = {}
        self._passed = 0  # up to which number the peer was told of central's receipt
        self._dictionary = dictionary_known
        self._said: tuple[bytes, Share] | None = None
        self._heard: Hello | None = None
        self._session: Session | None = None
        self._answer = False
        self._open: Sealed | None = None
        self._open_count = 0

    def receive(self, data: bytes, *, now_ms: int) -> None:
        """Take bytes from the other end, in any slices, and store what they bring.

        Raises:
            NotTrusted: the other end cannot be believed at all (no valid hello, broken framing): hang up.
            Unavailable: this disk refused; nothing of the last delta was stored or acknowledged.
        """
        for message in self._unpacker.feed(data):
            match message:
                case Hello():
                    self._meet(message)
                case _ if self.peer is None:
                    raise NotTrusted("no_hello")
                case Delta() | Packed() | Live() | Sealed():
                    self._records(message, now_ms)
                case Plain():
                    self._backlog.serve(message)
                case Receipt():
                    self._note(message)
                case Want() | Outlined() | Piece() if self._freight:
                    self._freight.take(message)
                case Refusal() if message.head.author == self._speaker.identity.author:
                    self._replica.note_refusal(message)
                    self.outcome.refused.append(message)
            if self._replica.cold and self._heard:
                self._replica.hear(self._heard.author, (*self._heard.heads, *self._heard.ends))

    def _records(self, message: Delta | Packed | Live | Sealed, now_ms: int) -> None:
        match message:
            case Delta():
                self._take(message, now_ms)
            case Packed():
                self._unpack(message, now_ms)
            case Live():
                self._live(message)
            case Sealed():
                self._seal(message, now_ms)

    def outgoing(self, budget: int) -> bytes:
        """What to send next, about `budget` bytes at most; b"" when there is nothing more to say for now."""
        said = b"" if self._greeted and not self._turns_stand_alone else pack(self._hello())
        silent = self._peer_is_revoked
        receipts = [one for one in self._receipts.values() if not silent or one.head.author == self._peer_author]
        answers: list[Message] = [*self._partings.asking.values(), *receipts, *self._refusals]
        answers += self._passed_on()
        out = bytearray(b"".join(map(pack, answers)))
        if self._answer and self._session:
            out += pack(self._session.ask())
        self._answer = False
        self._receipts.clear()
        self._refusals.clear()
        self._partings.asking.clear()
        budget -= len(said)
        pieces = self._partings.pieces
        while pieces and len(out) < budget and not silent:
            out += pack(pieces.pop(0))
        delta: Delta | None = None
        while len(out) < budget / 2 and (delta := self._backlog.take_next(PACKED * (budget - len(out)), self._only)):
            out += self._travelling(delta) + self._given_back(delta)
        if self._freight and self.peer:
            out += self._freight.outgoing(budget - len(out), last_in_line=delta is None and not silent)
        if not out and self._greeted:
            return b""
        self._greeted = True
        return said + bytes(out)

    @property
    def replica(self) -> Replica:
        """The ledger this is about."""
        return self._replica

    @property
    def in_session(self) -> bool:
        """Whether what one of them asks or says next needs no greeting any more."""
        return self._session is not None

    @property
    def open_count(self) -> int:
        """Operations that have crossed one by one and wait for their seal (see `closing`)."""
        return self._open_count

    def ask(self) -> None:
        """Say something next even if there is no news, so that the other end can tell its own."""
        self._answer = True

    def closing(self) -> bytes:
        """The last word of a session: the seal over what crossed one by one since the last."""
        last, self._open, self._open_count = self._open, None, 0
        return pack(last) if last else b""

    def _hello(self) -> Hello:
        me = self._speaker.identity
        silent = self._peer_is_revoked
        heads = tuple(head for head in self._replica.sealed_heads if not silent or head.author == self._peer_author)
        marks = tuple(map(mark, self._about(me.author)))
        ends = () if silent else tuple(branch.end for branch in self._replica.branches())[:HEADS_MAX]
        hello = Hello(self._replica.unit, me.author, heads, self._speaker.certificate, marks, ends=ends)
        if self._standing or (self._heard and self._heard.share):
            share = Share(me.key, hello.signed_part())
            hello = hello._replace(share=share.public)
            self._said = hello.signed_part(), share
            self._begin_session()
        return greeting.signed(hello, me, self._bound)

    def _meet(self, hello: Hello) -> None:
        peer = greeting.speaker_of(hello, self._replica.unit, self._root, self._bound)
        if self.peer and self.peer != peer:
            raise NotTrusted("wrong_certificate")  # who speaks does not change in the middle
        self.peer = peer
        self._heard = hello
        self._begin_session()
        known = {*hello.marks}
        if len(known) < REFUSALS_MAX:
            self._refusals = [refusal for refusal in self._about(hello.author) if mark(refusal) not in known]
        self.peer_heads, self._peer_author = hello.heads, hello.author
        self._backlog.there = {head.author: head.seq for head in hello.heads}
        self._partings.greeted(hello)

    @property
    def _only(self) -> Author | None:
        """The one log the other end is told of, if not all are: of others' logs only it can say what it holds."""
        if self.peer is None:
            return self._speaker.identity.author
        return self._peer_author if self._peer_is_revoked else None

    @property
    def _peer_is_revoked(self) -> bool:
        known, author = self._replica.state, self._peer_author
        return author is not None and rights.revoked_after(known, rights.now, author) is not None

    def _passed_on(self) -> list[Receipt]:
        """Central's receipt for the log of a neighbour, who may have no other way to it; each once."""
        receipt = self._replica.receipts.get(self._peer_author) if self._central and self._peer_author else None
        if receipt is None or receipt.head.author.node == CENTRAL or receipt.head.seq <= self._passed:
            return []
        self._passed = receipt.head.seq
        return [receipt]

    def _given_back(self, delta: Delta) -> bytes:
        """Central's receipts for what it is sent again: it gave them after the backup it came back from."""
        if not self._to_central:
            return b""
        last = self._backlog.there[delta.author]
        kept = self._replica.receipts_within(delta.author, last - len(delta.operations), last)
        return b"".join(map(pack, kept))

    @property
    def _to_central(self) -> bool:
        return self.peer is not None and self.peer.subject == str(CENTRAL)

    def _about(self, author: Author) -> list[Refusal]:
        """What is refused of an author's records: told to that author and to nobody else, who could only repeat it."""
        return [refusal for refusal in self._replica.refusals if refusal.head.author == author][:REFUSALS_MAX]

    def _begin_session(self) -> None:
        """Once both have greeted, and both keep what was agreed from turn to turn."""
        begins = memory.dictionary(self._dictionary)
        if self._session or not (self._said and self._heard and begins and len(self._heard.share) == SHARE_SIZE):
            return
        said, share = self._said
        self._session = Session(share.agree(self._heard.share), said, self._heard.signed_part(), memory.Memory(begins))

    def _travelling(self, delta: Delta) -> bytes:
        """A delta as frames: a few operations to central in a session go without their seal, which follows later."""
        session, author, place = self._session, delta.author, self._backlog.place_of(delta)
        if (
            session is None
            or place is None
            or not self._standing
            or not self._to_central
            or author != self._speaker.identity.author
            or len(delta.operations) > codec.FEW
        ):
            return pack(self._backlog.packed(delta, place))
        seq = self._backlog.there[author]
        head = Head(author, seq, self._replica.hash_at(author, seq) or ORIGIN)
        out = pack(session.say(delta.operations, place, head, self._replica.hash_at))
        self._open, self._open_count = Sealed(head, delta.seal), self._open_count + len(delta.operations)
        return out + (self.closing() if self._open_count >= SEAL_EVERY else b"")

    def _live(self, live: Live) -> None:
        """Take what the other end says in the session.

        Raises:
            NotTrusted: `session`: it cannot be followed; only a new greeting helps.
        """
        if self._session is None or self.peer is None:
            raise NotTrusted("session")
        self._answer = self._speaker.gives_receipts
        if not live.data[0]:
            self._session.check(live.data)
            return
        author = Author(int(self.peer.subject), self.peer.incarnation)
        head, known = self._replica.state.heads.get(author), len(self._replica.refusals)
        if head is None or not self._speaker.gives_receipts:
            raise NotTrusted("session")
        place = codec.Place(self._replica.unit, author, head.seq, head.hash)
        try:
            named = self._session.hear(live, place, self._replica.hash_at)
            self._replica.receive_open(author, named)
        except NotTrusted:
            raise NotTrusted("session") from None
        self._refusals.extend(self._replica.refusals[known:])
        self._backlog.there[author] = named[-1].operation.seq
        self.outcome.stored += len(named)

    def _seal(self, sealed: Sealed, now_ms: int) -> None:
        try:
            taken = self._replica.receive_seal(sealed.head, sealed.seal)
        except NotTrusted:
            raise NotTrusted("session") from None
        if self._speaker.gives_receipts and taken.head:
            self._receipts[sealed.head.author] = self._replica.acknowledge(
                taken.head, self._speaker.identity.key, now_ms
            )

    def _unpack(self, packed: Packed, now_ms: int) -> None:
        """Take a packed delta. Whatever is wrong with it, plain bytes will show whose fault it is."""
        author = packed.author
        try:
            begins, before = memory.dictionary(packed.dictionary), self._replica.hash_at(author, packed.after)
            if begins is None or before is None or packed.dictionary > self._dictionary:
                raise NotTrusted("packed_unknown", dictionary=packed.dictionary)
            place = codec.Place(self._replica.unit, author, packed.after, before)
            named = codec.unpack(packed.data, packed.length, place, memory.Memory(begins), self._replica.hash_at)
            self._take(Delta(author, tuple(one.data for one in named), packed.seal), now_ms, named)
        except NotTrusted:
            head = self._replica.state.heads.get(author)  # what is held beyond the beginning may be of another branch
            self._partings.ask_plain(author, min(head.seq, packed.after) if head else 0)

    def _take(self, delta: Delta, now_ms: int, unpacked: Sequence[Named] | None = None) -> None:
        known = len(self._replica.refusals)
        try:
            taken = self._replica.receive(delta, unpacked=unpacked)
        except NotTrusted:
            if unpacked is not None:
                raise
            taken = None
        self._refusals += [new for new in self._replica.refusals[known:] if new.head.author == self._peer_author]
        if taken is None:
            return
        last = unpacked[-1] if unpacked else read(delta.operations[-1])
        self._partings.took(taken, last, None if unpacked else last.operation.seq - len(delta.operations))
        if taken.head:  # whoever sends something holds it
            there = self._backlog.there.get(delta.author, 0)
            self._backlog.there[delta.author] = max(last.operation.seq, there)
        self.outcome.stored += taken.stored
        self.outcome.waiting_for += taken.waiting_for
        if self._speaker.gives_receipts and taken.head:
            key = self._speaker.identity.key
            self._receipts[delta.author] = self._replica.acknowledge(taken.head, key, now_ms)

    def _note(self, receipt: Receipt) -> None:
        try:
            if self._speaker.gives_receipts:
                self._replica.put_back_receipt(receipt, self._speaker.identity.key.public)
            elif self._central:
                self._replica.note_receipt(receipt, self._central)
            else:
                raise NotTrusted("receipt_signature")
        except NotTrusted as refused:
            if refused.code != "receipt_unknown":
                raise
            return  # central holds more of a log than we do: what we lack follows, and the receipt comes again
        self.outcome.receipts += 1

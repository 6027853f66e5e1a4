"""The sync conversation: the same machine at both ends, sans-IO. Bytes go in, bytes come out; the caller owns the link.

    A -> B   hello (heads A holds) · deltas A thinks B lacks
    B -> A   hello (heads B holds) · receipts · refusals · deltas A lacks

One round trip is enough when A remembers what B has receipted. Nothing is marked as sent: what counts is what the other
side says it holds. Cut anywhere, the next conversation starts from there. Receiving never fails as a whole because of
one delta: what is not believed is refused, with the reason sent back.

Who was revoked is heard, and told of its own log and nothing else: what it wrote in time is not lost, and it learns
nothing new. A greeting is signed for the conversation it is said in (`bound`), so whoever keeps one, or was given one,
opens no other conversation with it.

Whose log was continued twice (see `forks`) is found out here: heads at one number that differ, or a run that does not
follow what is held. The end that notices asks for the other's log plain from half the length on, then from half of
that, until it meets what it knows; then each sends what the other lacks of either branch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from fleet.errors import NotTrusted
from fleet.ledger import codec, cose, memory, rights
from fleet.ledger.blobs import BlobStore
from fleet.ledger.certificate import CENTRAL, Certificate
from fleet.ledger.delta import Delta
from fleet.ledger.freight import Freight
from fleet.ledger.granting import certified
from fleet.ledger.marks import Identity
from fleet.ledger.operation import ORIGIN, Author, Head, Named, read
from fleet.ledger.priority import Priority, most_urgent
from fleet.ledger.replica import Replica
from fleet.ledger.session import SHARE_SIZE, TAG_SIZE, Session, Share
from fleet.ledger.store import REFUSALS_MAX, Receipt, Refusal
from fleet.ledger.suite import of_key
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
RUN_SIZE_MAX = 3 << 20
"""Bytes of operations in one delta, before packing."""
PEEK_SIZE = 1 << 16
"""Bytes of an author's records looked at to see how urgent they are."""
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
        self._peer_seqs: dict[Author, int] = {head.author: head.seq for head in believed}
        self._greeted, self._turns_stand_alone, self._standing = False, turns_stand_alone, standing
        self._refusals: list[Refusal] = []
        self._receipts: dict[Author, Receipt] = {}
        self._passed = 0  # up to which number the peer was told of central's receipt
        self._dictionary = dictionary_known
        self._plain_for: set[Author] = set()
        self._want_plain: dict[Author, Plain] = {}
        self._said: tuple[bytes, Share] | None = None
        self._heard: Hello | None = None
        self._session: Session | None = None
        self._answer = False
        self._open: Sealed | None = None
        self._open_count = 0
        self._offered = set[bytes]()  # ends of branches that the other end has, or was sent
        self._pieces: list[Delta] = []
        self._asked, self._served = set[Plain](), set[Plain]()  # the same thing once in a conversation

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
                case Plain() if message not in self._served:
                    self._served.add(message)
                    self._plain_for.add(message.author)
                    self._peer_seqs[message.author] = message.held
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
        greeting = b"" if self._greeted and not self._turns_stand_alone else pack(self._hello())
        silent = self._peer_is_revoked
        receipts = [one for one in self._receipts.values() if not silent or one.head.author == self._peer_author]
        answers: list[Message] = [*self._want_plain.values(), *receipts, *self._refusals]
        answers += self._passed_on()
        out = bytearray(b"".join(map(pack, answers)))
        if self._answer and self._session:
            out += pack(Live(self._session.close(bytes(1))))
        self._answer = False
        self._receipts.clear()
        self._refusals.clear()
        self._want_plain.clear()
        budget -= len(greeting)
        while self._pieces and len(out) < budget and not silent:
            out += pack(self._pieces.pop(0))
        delta: Delta | None = None
        while len(out) < budget / 2 and (delta := self._next_delta(PACKED * (budget - len(out)))):
            out += self._travelling(delta)
        if self._freight and self.peer:
            out += self._freight.outgoing(budget - len(out), last_in_line=delta is None and not silent)
        if not out and self._greeted:
            return b""
        self._greeted = True
        return greeting + bytes(out)

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
        return hello._replace(signature=cose.signature(me.suite, me.key, "hello", hello.signed_part() + self._bound))

    def _meet(self, hello: Hello) -> None:
        peer = certified(self._root, hello.certificate)
        if peer.kind != "node" or not peer.subject.isdecimal():
            raise NotTrusted("wrong_certificate")
        if Author(int(peer.subject), peer.incarnation) != hello.author:
            raise NotTrusted("wrong_certificate")
        if hello.unit != self._replica.unit or (peer.unit != hello.unit and hello.author.node != CENTRAL):
            raise NotTrusted("other_unit", unit=hello.unit)
        meant = hello.signed_part() + self._bound
        if not cose.signed_by(of_key(peer.public), peer.public, "hello", meant, hello.signature):
            raise NotTrusted("signature", context="hello")
        if self.peer and self.peer != peer:
            raise NotTrusted("wrong_certificate")  # who speaks does not change in the middle
        self.peer = peer
        self._heard = hello
        self._begin_session()
        known = {*hello.marks}
        if len(known) < REFUSALS_MAX:
            self._refusals = [refusal for refusal in self._about(hello.author) if mark(refusal) not in known]
        self.peer_heads, self._peer_author = hello.heads, hello.author
        self._peer_seqs = {head.author: head.seq for head in hello.heads}
        for head in hello.heads:
            self._compare(head)
        self._offered |= {head.hash for head in (*hello.ends, *hello.heads)}
        self._offer_branches()

    @property
    def _peer_is_revoked(self) -> bool:
        known, author = self._replica.state, self._peer_author
        return author is not None and rights.revoked_after(known, rights.now, author) is not None

    def _compare(self, theirs: Head) -> None:
        """Look whether the other end holds what stands here, up to its head of a log. If it stands on a branch that
        does not, it lacks what does from the parting on; if nobody here has met its head, the log has parted where
        nobody here knows of it."""
        aside = self._replica.state.aside.get(theirs.hash)
        if aside:
            self._peer_seqs[theirs.author] = aside.parts_at - 1
        elif self._replica.hash_at(theirs.author, theirs.seq) not in {None, theirs.hash}:
            self._ask_plain(theirs.author, theirs.seq // 2)

    def _offer_branches(self) -> None:
        """Send what the other end does not have of branches that do not stand here."""
        for branch in self._replica.branches():
            if branch.end.hash not in self._offered:
                self._offered.add(branch.end.hash)
                self._pieces += branch.pieces

    def _ask_plain(self, author: Author, held: int) -> None:
        asked = self._want_plain.get(author)
        plain = Plain(author, min(held, asked.held) if asked else held)
        if plain not in self._asked:
            self._asked.add(plain)
            self._want_plain[author] = plain

    def _passed_on(self) -> list[Receipt]:
        """Central's receipt for the log of a neighbour, who may have no other way to it; each once."""
        receipt = self._replica.receipts.get(self._peer_author) if self._central and self._peer_author else None
        if receipt is None or receipt.head.author.node == CENTRAL or receipt.head.seq <= self._passed:
            return []
        self._passed = receipt.head.seq
        return [receipt]

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
        session, author = self._session, delta.author
        to_central = self.peer is not None and self.peer.subject == str(CENTRAL)
        if (
            session is None
            or not self._standing
            or not to_central
            or author != self._speaker.identity.author
            or len(delta.operations) > codec.FEW
        ):
            return pack(self._columns(delta))
        after = self._peer_seqs[author] - len(delta.operations)
        place = codec.Place(self._replica.unit, author, after, self._replica.hash_at(author, after) or ORIGIN)
        data = codec.pack(delta.operations, place, session.memory, self._replica.hash_at)
        head = Head(author, self._peer_seqs[author], self._replica.hash_at(author, self._peer_seqs[author]) or ORIGIN)
        out = pack(Live(session.close(bytes([len(delta.operations)]) + data, head.hash)))
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
        said = live.data[1:-TAG_SIZE]
        try:
            named = codec.unpack(said, live.data[0], place, self._session.memory, self._replica.hash_at)
            self._session.check(live.data, named[-1].hash)
            self._replica.receive_open(author, named)
        except NotTrusted:
            raise NotTrusted("session") from None
        self._refusals.extend(self._replica.refusals[known:])
        self._peer_seqs[author] = named[-1].operation.seq
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

    def _columns(self, delta: Delta) -> Packed | Delta:
        """A delta as it travels: in columns, unless the other end has asked for it plain."""
        begins, after = memory.dictionary(self._dictionary), self._peer_seqs[delta.author] - len(delta.operations)
        before = self._replica.hash_at(delta.author, after)
        if delta.author in self._plain_for or begins is None or before is None:
            return delta
        place = codec.Place(self._replica.unit, delta.author, after, before)
        data = codec.pack(delta.operations, place, memory.Memory(begins), self._replica.hash_at)
        return Packed(delta.author, after, len(delta.operations), self._dictionary, data, delta.seal)

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
            head = self._replica.state.heads.get(
                author
            )  # what is held beyond the run's beginning may be of another branch
            self._ask_plain(author, min(head.seq, packed.after) if head else 0)

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
        wanted = self._want_plain.get(delta.author)
        if unpacked is None and wanted and last.operation.seq - len(delta.operations) <= wanted.held:
            del self._want_plain[delta.author]
        if taken.begin_after is not None:
            self._ask_plain(delta.author, taken.begin_after)
        if taken.stored and taken.head is None:  # a branch: what the other end lacks of that log may be clear now
            self._offered.add(last.hash)
            for head in self.peer_heads:
                if head.author == delta.author and head.hash in self._replica.state.aside:
                    self._compare(head)
            self._offer_branches()
        if taken.head:  # whoever sends something holds it
            there = self._peer_seqs.get(delta.author, 0)
            self._peer_seqs[delta.author] = max(last.operation.seq, there)
        self.outcome.stored += taken.stored
        self.outcome.waiting_for += taken.waiting_for
        if self._speaker.gives_receipts and taken.head:
            key = self._speaker.identity.key
            self._receipts[delta.author] = self._replica.acknowledge(taken.head, key, now_ms)

    def _note(self, receipt: Receipt) -> None:
        if self._central is None:
            raise NotTrusted("receipt_signature")
        try:
            self._replica.note_receipt(receipt, self._central)
        except NotTrusted as refused:
            if refused.code != "receipt_unknown":
                raise
            return  # central holds more of a log than we do: what we lack follows, and the receipt comes again
        self.outcome.receipts += 1

    def _next_delta(self, size_max: int) -> Delta | None:
        ours, me = self._replica.state.heads, self._speaker.identity.author
        behind = [author for author, head in sorted(ours.items()) if head.seq > self._peer_seqs.get(author, 0)]
        if self._peer_is_revoked:
            behind = [author for author in behind if author == self._peer_author]
        if self.peer is None:
            behind = [author for author in behind if author == me]  # of others' logs only they can say what they hold
        there = self._peer_seqs if len(behind) > 1 else None
        ranked = self._by_priority(behind)
        for author in ranked:
            if delta := self._run(author, size_max, there):
                return delta
        for author in (
            ranked if there is not None else ()
        ):  # runs that wait for each other in their middle: plain, piece by piece
            self._plain_for.add(author)
            if delta := self._run(author, size_max, None):
                return delta
        return None

    def _run(self, author: Author, size_max: int, there: Mapping[Author, int] | None) -> Delta | None:
        after = self._peer_seqs.get(author, 0)
        delta = self._replica.run(author, after, min(size_max, RUN_SIZE_MAX), there=there)
        if delta:
            self._peer_seqs[author] = after + len(delta.operations)
        return delta

    def _by_priority(self, behind: list[Author]) -> list[Author]:
        """Those whose missing records are the most urgent first; of the same, those who miss little."""
        if len(behind) < 2:
            return behind
        ours, state = self._replica.state.heads, self._replica.state

        def key(author: Author) -> tuple[Priority, int, Author]:
            after = self._peer_seqs.get(author, 0)
            return most_urgent(self._replica.run(author, after, PEEK_SIZE), state), ours[author].seq - after, author

        return sorted(behind, key=key)

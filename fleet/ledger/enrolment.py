"""Enrolment by file: what a node asks for and what the region's authority grants, each one signed message.

    request   node -> authority   who the unit is, the node's public key, its people and theirs; signed by the node key
    grant     authority -> node   the certificates, central's key, its TLS authority and address; signed by the root
    grant     unit -> node        the same, as two people of the unit can give it: what the root once gave them, and the
                                  certificates they made, each of which proves itself

Nothing in any of them is secret. A request proves that its sender has the node key, not who he is: the authority
compares the fingerprint with the one read to it from the node. A grant brings the root's key along, so the node's
people compare that fingerprint the same way; afterwards it is pinned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fleet.errors import NotTrusted
from fleet.ledger import authority, cose, granting
from fleet.ledger.authority import Authority
from fleet.ledger.canonical import Value, decode, encode
from fleet.ledger.certificate import CENTRAL_UNIT, Certificate, admit, issue
from fleet.ledger.names import PERSON, UNIT, is_name
from fleet.ledger.operation import INCARNATION_BITS, Author, author_of
from fleet.ledger.suite import KNOWN, SigningKey, Suite, by_id, of_key
from fleet.rules.roles import AUTHORITY_ROLES, UNIT_ROLES, clash

PEOPLE_MAX = 96
"""People in one request: their certificates, names as long as they may be, still fit the file of the grant."""
FILE_SIZE_MAX = cose.SIZE_MAX
LEASE_MS = 2 * 365 * 24 * 3_600_000
"""Two years: longer than a unit stays without any file from central, short enough that a lost key dies out."""

CLOCK_SLACK_MS = 2 * 24 * 3_600_000
"""A lease begins this long before it is granted: the clock of a node that was just unpacked may be behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone of the unit who will act: staff number, name, roles, and the public key made on the node. `declared` is
    on what it rests that one person holds two roles which only a small unit may put together (see `roles.clash`)."""

    id: str
    name: str
    roles: tuple[str, ...]
    public: bytes
    declared: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a node asks for. `public` is the node's key. `left` is whose log the node gives up, if it asks for another
    life: nobody can tell it any more how far that log has come."""

    suite: int
    unit: str
    unit_name: str
    public: bytes
    people: tuple[Person, ...]
    left: Author | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What the authority gives. `people` are the certificates of the request's people, in its order; `ca_pem` is the
    authority of central's TLS certificate and `url` where central answers ("" if only files go there). `authorities`
    say who of the unit may together grant the next ones; none if the request named fewer than two such people."""

    suite: int
    unit: str
    unit_name: str
    author: Author
    root_public: bytes
    node_certificate: bytes
    people: tuple[bytes, ...]
    central_certificate: bytes
    central_public: bytes
    ca_pem: str
    url: str
    authorities: tuple[bytes, ...] = ()


def fingerprint(public: bytes) -> str:
    """A public key to read aloud: 128 bits of its hash, eight groups of four hex digits."""
    digits = of_key(public).hash("fingerprint", public)[:16].hex()
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def sign_request(key: SigningKey, request: Request) -> bytes:
    """The request as a file, signed with the node key it names."""
    people = [[one.id, one.name, list(one.roles), one.public, one.declared] for one in request.people]
    left = [*request.left] if request.left else None
    payload = encode([request.suite, request.unit, request.unit_name, request.public, people, left])
    return cose.sign1(by_id(request.suite), key, "request", payload)


def read_request(message: bytes) -> Request:
    """Read a request and check that its sender has the key it names.

    Raises:
        NotTrusted: `not_cose`, `signature`, `unknown_suite` or `request_form`.
    """
    suite, payload = _suite_of(message, "request_form")
    match payload:
        case [_, str() as unit, str() as unit_name, bytes() as public, list() as people, left] if (
            UNIT.fullmatch(unit) and unit != CENTRAL_UNIT and is_name(unit_name) and len(people) <= PEOPLE_MAX
        ):
            cose.open1(suite, public, "request", message)
            read = tuple(map(_person, people))
            if suite is of_key(public) and len({person.id for person in read}) == len(read):
                return Request(
                    suite=suite.id, unit=unit, unit_name=unit_name, public=public, people=read, left=_left(left)
                )  # fmt: skip
    raise NotTrusted("request_form")


def certify(root: SigningKey, request: Request, author: Author, *, now_ms: int) -> tuple[bytes, tuple[bytes, ...]]:
    """The certificates of a request: the node's, as `author`, and its people's."""
    unsigned = Certificate(
        suite=request.suite, kind="node", unit=request.unit, unit_name=request.unit_name, subject=str(author.node),
        incarnation=author.incarnation, name=request.unit_name, roles=(), public=request.public,
        issued_ms=now_ms - CLOCK_SLACK_MS, lease_ms=now_ms + LEASE_MS,
    )  # fmt: skip
    people = (
        replace(
            unsigned, suite=of_key(person.public).id, kind="person", subject=person.id, incarnation=0,
            name=person.name, roles=person.roles, public=person.public,
        )
        for person in request.people
    )  # fmt: skip
    return issue(root, unsigned), tuple(issue(root, person) for person in people)


def authorise(root: SigningKey, request: Request, author: Author, *, now_ms: int) -> tuple[bytes, ...]:
    """The authority of the unit that asks: its admins and unit heads, together, if there are two or more."""
    named = tuple((one.id, one.public) for one in request.people if not AUTHORITY_ROLES.isdisjoint(one.roles))
    if len({person for person, _ in named}) < authority.PEOPLE_MIN:
        return ()
    granted = Authority(
        suite=request.suite, unit=request.unit, unit_name=request.unit_name, people=named[: authority.PEOPLE_MAX],
        first=author.node, count=authority.BLOCK, issued_ms=now_ms - CLOCK_SLACK_MS, lease_ms=now_ms + LEASE_MS,
    )  # fmt: skip
    return (authority.issue(root, granted),)


def sign_grant(root: SigningKey, grant: Grant) -> bytes:
    """The grant as a file."""
    payload: list[object] = [grant.suite, grant.unit, grant.unit_name, *grant.author, grant.root_public]
    payload += [grant.node_certificate, list(grant.people), grant.central_certificate, grant.central_public]
    payload += [grant.ca_pem, grant.url, list(grant.authorities)]
    return cose.sign1(by_id(grant.suite), root, "grant", encode(payload))


def unit_grant(given: bytes, node: bytes, people: Sequence[bytes], authorities: Sequence[bytes]) -> bytes:
    """A grant that two people of a unit can give, as a file. `given` is the grant their own node was given."""
    origin = given if given[:1] == granting.TAGGED else _origin(given)
    return encode([origin, node, list(people), list(authorities)])


def read_grant(message: bytes) -> Grant:
    """Read a grant and check that everything in it comes from the root it names. Whether that root is to be believed,
    and whether the node certificate is for one's own key, is the caller's question.

    Raises:
        NotTrusted: `not_cose`, `signature`, `unknown_suite`, `grant_form`, or what is wrong with a certificate.
    """
    if message[:1] != granting.TAGGED:
        return _read_unit_grant(message)
    suite, payload = _suite_of(message, "grant_form")
    match payload:
        case [
            _, str() as unit, str() as unit_name, int() as node, int() as incarnation, bytes() as root_public,
            bytes() as node_certificate, list() as people, bytes() as central_certificate, bytes() as central_public,
            str() as ca_pem, str() as url, list() as authorities,
        ]:  # fmt: skip
            cose.open1(suite, root_public, "grant", message)
            grant = Grant(
                suite=suite.id, unit=unit, unit_name=unit_name, author=Author(node, incarnation),
                root_public=root_public, node_certificate=node_certificate,
                people=_messages(people), central_certificate=central_certificate, central_public=central_public,
                ca_pem=ca_pem, url=url, authorities=_messages(authorities),
            )  # fmt: skip
            _consistent(grant)
            return grant
    raise NotTrusted("grant_form")


def _read_unit_grant(message: bytes) -> Grant:
    match decode(message, size_max=FILE_SIZE_MAX):
        case [bytes() as origin, bytes() as node, list() as people, list() as authorities] if (
            origin[:1] == granting.TAGGED
        ):
            given = read_grant(origin)
            author = granting.author_of(granting.certified(given.root_public, node))
            grant = replace(
                given,
                author=author,
                node_certificate=node,
                people=_messages(people),
                authorities=_messages(authorities),
            )
            _consistent(grant)
            return grant
    raise NotTrusted("grant_form")


def _origin(message: bytes) -> bytes:
    match decode(message, size_max=FILE_SIZE_MAX):
        case [bytes() as origin, *_]:
            return origin
    raise NotTrusted("grant_form")


def _messages(values: list[Value]) -> tuple[bytes, ...]:
    return tuple(one for one in values if isinstance(one, bytes))


def _consistent(grant: Grant) -> None:
    node = granting.certified(grant.root_public, grant.node_certificate)
    central = admit(grant.root_public, grant.central_certificate)
    people = [granting.certified(grant.root_public, one) for one in grant.people]
    units = [authority.admit(grant.root_public, one).unit for one in grant.authorities]
    whole = (
        (node.kind, node.unit, node.subject, node.incarnation)
        == ("node", grant.unit, str(grant.author.node), grant.author.incarnation)
        and (central.kind, central.unit, central.public) == ("node", CENTRAL_UNIT, grant.central_public)
        and all((one.kind, one.unit) == ("person", grant.unit) for one in people)
        and all(unit == grant.unit for unit in units)
    )
    if not whole:
        raise NotTrusted("grant_form")


def _suite_of(message: bytes, code: str) -> tuple[Suite, list[Value]]:
    payload = decode(cose.payload_of(message))
    if not isinstance(payload, list) or not payload:
        raise NotTrusted(code)
    return by_id(payload[0]), payload


def _left(value: Value) -> Author | None:
    match value:
        case None:
            return None
        case [int() as node, int() as incarnation] if incarnation + 1 < 1 << INCARNATION_BITS:
            return author_of(node, incarnation)
    raise NotTrusted("request_form")


def _person(value: Value) -> Person:
    match value:
        case [str() as staff, str() as name, list() as roles, bytes() as public, str() as declared] if (
            PERSON.fullmatch(staff) and is_name(name) and of_key(public) in KNOWN.values()
        ):
            held = tuple(map(str, roles))
            fit = bool(held) and all(role in UNIT_ROLES for role in roles)
            if fit and not clash(frozenset(held), declared=bool(declared.strip())):
                return Person(id=staff, name=name, roles=held, public=public, declared=declared)
    raise NotTrusted("request_form")

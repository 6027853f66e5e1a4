"""Enrolment by file: what one side signs the other reads, and what anybody else made is refused."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.errors import NotTrusted
from fleet.ledger import cose, enrolment
from fleet.ledger.authority import BLOCK
from fleet.ledger.authority import admit as admit_authority
from fleet.ledger.certificate import Certificate, admit, issue
from fleet.ledger.enrolment import Grant, Person, Request, fingerprint, read_grant, read_request
from fleet.ledger.operation import Author
from fleet.ledger.suite import SHIPPED

ROOT, CENTRAL, NODE, PERSON, THIEF = (SHIPPED.key(name.ljust(32, b".")) for name in (b"r", b"c", b"n", b"p", b"t"))
NOW_MS = 1_795_000_000_000
SOMEONE = Person(id="u1", name="王春梅", roles=("applicant", "driver"), public=PERSON.public)
ASKED = Request(suite=SHIPPED.id, unit="lyj", unit_name="阿右旗林草局", public=NODE.public, people=(SOMEONE,))


def a_grant(**changes: object) -> Grant:
    node, people = enrolment.certify(ROOT, ASKED, Author(3, 1), now_ms=NOW_MS)
    own = Certificate(
        suite=SHIPPED.id, kind="node", unit="central", unit_name="阿拉善盟", subject="0", incarnation=1,
        name="阿拉善盟", roles=(), public=CENTRAL.public, issued_ms=NOW_MS, lease_ms=NOW_MS * 2,
    )  # fmt: skip
    grant = Grant(
        suite=SHIPPED.id, unit="lyj", unit_name="阿右旗林草局", author=Author(3, 1), root_public=ROOT.public,
        node_certificate=node, people=people, central_certificate=issue(ROOT, own), central_public=CENTRAL.public,
        ca_pem="-----BEGIN CERTIFICATE-----", url="https://10.1.2.3:8443",
    )  # fmt: skip
    return replace(grant, **changes)  # type: ignore[arg-type]


def test_a_request_is_read_as_it_was_signed() -> None:
    assert read_request(enrolment.sign_request(NODE, ASKED)) == ASKED


def test_a_grant_is_read_as_it_was_signed() -> None:
    assert read_grant(enrolment.sign_grant(ROOT, a_grant())) == a_grant()


def test_the_certificates_say_who_of_which_unit_and_for_how_long() -> None:
    node, (person,) = enrolment.certify(ROOT, ASKED, Author(3, 1), now_ms=NOW_MS)
    ours, theirs = admit(ROOT.public, node), admit(ROOT.public, person)

    assert (ours.kind, ours.unit, ours.subject, ours.incarnation, ours.public) == ("node", "lyj", "3", 1, NODE.public)
    assert (theirs.kind, theirs.subject, theirs.name, theirs.roles) == (
        "person",
        "u1",
        "王春梅",
        ("applicant", "driver"),
    )
    assert theirs.public == PERSON.public
    for certificate in (ours, theirs):
        assert certificate.covers(NOW_MS)
        assert certificate.covers(NOW_MS - enrolment.CLOCK_SLACK_MS), "the node's clock may be a day behind"
        assert not certificate.covers(NOW_MS + enrolment.LEASE_MS)


def test_a_request_signed_by_a_key_that_it_does_not_name_is_refused() -> None:
    with pytest.raises(NotTrusted, match="signature"):
        read_request(enrolment.sign_request(THIEF, ASKED))


@pytest.mark.parametrize(
    "changes",
    [
        {"unit": "central"},
        {"unit": "../etc"},
        {"unit": ""},
        {"unit_name": ""},
        {"unit_name": "two\nlines"},
        {"public": b"short"},
        {"people": (SOMEONE, SOMEONE)},
        {"people": (replace(SOMEONE, roles=("king",)),)},
        {"people": (replace(SOMEONE, roles=()),)},
        {"people": (replace(SOMEONE, id="order/1"),)},
        {"people": (replace(SOMEONE, public=b""),)},
        {"people": tuple(replace(SOMEONE, id=f"u{number}") for number in range(enrolment.PEOPLE_MAX + 1))},
    ],
)
def test_a_request_that_says_what_no_request_may_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(NotTrusted):
        read_request(enrolment.sign_request(NODE, replace(ASKED, **changes)))  # type: ignore[arg-type]


def test_the_largest_request_still_fits_a_file() -> None:
    many = tuple(replace(SOMEONE, id=f"u{number}", name="名" * 64) for number in range(enrolment.PEOPLE_MAX))
    assert len(read_request(enrolment.sign_request(NODE, replace(ASKED, people=many))).people) == enrolment.PEOPLE_MAX


def test_the_grant_of_the_largest_request_fits_a_file_too() -> None:
    many = tuple(
        replace(SOMEONE, id=f"u{number:031d}", name="名" * 64, roles=("applicant", "driver"))
        for number in range(enrolment.PEOPLE_MAX)
    )
    asked = replace(ASKED, people=many, unit_name="名" * 64, unit="u" * 32)
    node, people = enrolment.certify(ROOT, asked, Author(3, 1), now_ms=NOW_MS)
    grant = a_grant(
        unit=asked.unit, unit_name=asked.unit_name, node_certificate=node, people=people, ca_pem="x" * 2_000
    )
    assert len(read_grant(enrolment.sign_grant(ROOT, grant)).people) == enrolment.PEOPLE_MAX


def test_a_grant_in_which_anything_comes_from_elsewhere_is_refused() -> None:
    thieves, _ = enrolment.certify(THIEF, ASKED, Author(3, 1), now_ms=NOW_MS)
    other_unit, people = enrolment.certify(ROOT, replace(ASKED, unit="ejq"), Author(3, 1), now_ms=NOW_MS)
    for changes in (
        {"node_certificate": thieves},
        {"node_certificate": other_unit},
        {"people": people},
        {"author": Author(4, 1)},
        {"central_public": THIEF.public},
        {"central_certificate": thieves},
        {"people": (b"",)},
    ):
        with pytest.raises(NotTrusted):
            read_grant(enrolment.sign_grant(ROOT, a_grant(**changes)))


def test_a_grant_signed_by_another_root_than_it_names_is_refused() -> None:
    with pytest.raises(NotTrusted, match="signature"):
        read_grant(enrolment.sign_grant(THIEF, a_grant()))


def test_a_request_is_no_grant_and_a_grant_no_request() -> None:
    with pytest.raises(NotTrusted):
        read_grant(enrolment.sign_request(NODE, ASKED))
    with pytest.raises(NotTrusted):
        read_request(enrolment.sign_grant(ROOT, a_grant()))


@given(st.binary(max_size=300))
def test_any_garbage_ends_in_one_known_error(data: bytes) -> None:
    for read in (read_request, read_grant):
        with pytest.raises(NotTrusted):
            read(data)


@given(st.binary(max_size=60))
def test_any_payload_under_a_good_envelope_ends_in_one_known_error(payload: bytes) -> None:
    for context in ("request", "grant"):
        message = cose.sign1(SHIPPED, NODE, context, payload)
        for read in (read_request, read_grant):
            with pytest.raises(NotTrusted):
                read(message)


def test_a_fingerprint_is_read_aloud_in_eight_groups_and_differs_between_keys() -> None:
    assert len(fingerprint(NODE.public).split()) == 8
    assert fingerprint(NODE.public) == fingerprint(bytes(NODE.public)) != fingerprint(ROOT.public)


HEADS = (
    Person(id="g1", name="萨仁", roles=("admin",), public=SHIPPED.key(b"1" * 32).public),
    Person(id="z1", name="李志强", roles=("unit_head",), public=SHIPPED.key(b"2" * 32).public),
)


def test_admins_and_unit_heads_of_a_request_are_the_units_authority_if_they_are_two() -> None:
    asked = replace(ASKED, people=(SOMEONE, *HEADS))
    (message,) = enrolment.authorise(ROOT, asked, Author(74, 1), now_ms=NOW_MS)
    authority = admit_authority(ROOT.public, message)

    assert authority.people == tuple((one.id, one.public) for one in HEADS)
    assert (authority.unit, authority.first, authority.count) == ("lyj", 74, BLOCK)
    assert enrolment.authorise(ROOT, replace(ASKED, people=(SOMEONE, HEADS[0])), Author(74, 1), now_ms=NOW_MS) == ()


@pytest.mark.parametrize(
    ("roles", "declared", "taken"),
    [
        (("approver", "dispatcher"), "small unit", False),
        (("admin", "dispatcher"), "", False),
        (("admin", "dispatcher"), "small unit", True),
    ],
)
def test_a_request_for_what_nobody_may_be_at_once_is_refused(
    roles: tuple[str, ...], declared: str, taken: bool
) -> None:
    asked = replace(ASKED, people=(replace(SOMEONE, roles=roles, declared=declared),))
    if taken:
        assert read_request(enrolment.sign_request(NODE, asked)).people[0].declared == declared
    else:
        with pytest.raises(NotTrusted, match="request_form"):
            read_request(enrolment.sign_request(NODE, asked))


def test_an_authority_of_another_unit_does_not_come_with_a_grant() -> None:
    asked = replace(ASKED, unit="u2", people=HEADS)
    message = enrolment.authorise(ROOT, asked, Author(3, 1), now_ms=NOW_MS)

    with pytest.raises(NotTrusted, match="grant_form"):
        read_grant(enrolment.sign_grant(ROOT, a_grant(authorities=message)))

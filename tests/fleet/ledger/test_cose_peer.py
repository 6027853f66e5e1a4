"""Our signed messages against an independent implementation, `cwt`, which lives in an environment of its own: what we
make it verifies, what it makes we verify, and what either refuses the other refuses too."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from fleet.errors import NotTrusted
from fleet.ledger import bundle, certificate, cose, enrolment, kinds, proofs
from fleet.ledger.bundle import PROLOGUE_SIZE
from fleet.ledger.canonical import decode
from fleet.ledger.certificate import admit
from fleet.ledger.enrolment import Request
from fleet.ledger.operation import Author
from fleet.ledger.proofs import Link, Proof
from fleet.ledger.suite import SHIPPED
from tests.fleet.ledger.test_bundle import FILE, WRITER
from tests.fleet.units import ROOT, UNIT, a_host, a_node, act, delta, submitted, write
from tests.simulation.host import Host

HERE = Path(__file__).parent
PEER = HERE.parents[2] / ".venv" / "peers" / "bin" / "python"
NODE_KEY = SHIPPED.key(b"n" * 32)

pytestmark = [
    pytest.mark.skipif(
        not PEER.exists(), reason="the peer `cwt` is not installed: run `make .venv/done/peers`; `make test` does it"
    ),
    pytest.mark.skipif("config.getoption('--suite') == 'second'", reason="the peer knows the suite that ships"),
]


def peer(*asked: dict[str, str]) -> list[dict[str, str]]:
    """What cwt says."""
    lines = "".join(json.dumps(one) + "\n" for one in asked)
    said = subprocess.run([PEER, "cose_peer.py"], cwd=HERE, input=lines, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in said.stdout.splitlines()]


def asked(proof: Proof) -> dict[str, str]:
    return {"verify": proof.message.hex(), "aad": proof.external_aad.decode(), "public": proof.public.hex()}


@pytest.fixture(scope="module")
def node() -> Host:
    """A node whose order was submitted and approved, and central, which holds it."""
    host, central = a_node(1, "applicant-1", "approver-1"), a_host(0)
    submitted(host)
    write(host, act("approve", "approver-1", content="aa", opinion="yes"))
    central.replica.receive(delta(host))
    head = host.replica.state.heads[host.author]
    host.replica.note_receipt(central.replica.acknowledge(head, central.key, 5), host.central_public)
    return host


def evidence(host: Host, target: str = kinds.ORDERS + "1-00001") -> list[Proof | Link]:
    return list(
        proofs.of_target(
            host.disks[UNIT].operations(), target, host.replica.receipts.values(),
            root_public=ROOT.public, central_public=host.central_public,
        )
    )  # fmt: skip


def signed_files() -> dict[str, Proof]:
    """The messages that lie in files as they are."""
    request = Request(suite=1, unit="lyj", unit_name="局", public=NODE_KEY.public, people=())
    own, people = enrolment.certify(ROOT, request, Author(1, 1), now_ms=1)
    central = a_host(0)
    grant = enrolment.Grant(
        suite=1, unit="lyj", unit_name="局", author=Author(1, 1), root_public=ROOT.public, node_certificate=own,
        people=people, central_certificate=central.certificate, central_public=central.key.public, ca_pem="", url="",
    )  # fmt: skip
    manifest = bundle.read_manifest(
        FILE[PROLOGUE_SIZE : PROLOGUE_SIZE + bundle.manifest_size(FILE[:PROLOGUE_SIZE])], None
    )
    return {
        "request": _file("request", NODE_KEY.public, enrolment.sign_request(NODE_KEY, request)),
        "grant": _file("grant", ROOT.public, enrolment.sign_grant(ROOT, grant)),
        "certificate": _file(certificate.CONTEXT, ROOT.public, own),
        "manifest": _file(bundle.CONTEXT, WRITER.key.public, manifest.message),
    }


def _file(context: str, public: bytes, message: bytes) -> Proof:
    return Proof(what=context, of="", public=public, external_aad=cose.external_aad(SHIPPED, context), message=message)


def test_every_signature_about_an_order_is_a_message_the_peer_verifies(node: Host) -> None:
    found = [one for one in evidence(node) if isinstance(one, Proof)]
    assert {one.what for one in found} == {"certificate", "act", "seal", "receipt"}
    assert [one.of for one in found if one.what == "act"] == ["applicant-1", "applicant-1", "approver-1"]

    for said, one in zip(peer(*map(asked, found)), found, strict=True):
        assert said == {"payload": cose.payload_of(one.message).hex()}


def test_what_the_signatures_say_leads_from_the_order_to_the_root_without_our_code(node: Host) -> None:
    """What an outsider does with the evidence, in plain steps."""
    found = evidence(node)
    links = [one for one in found if isinstance(one, Link)]
    sealed = {bytes(decode(cose.payload_of(one.message))[3]) for one in _of(found, "seal")}  # type: ignore[index, arg-type]
    for link in links:
        assert hashlib.sha256(link.hashed_after + link.data).digest() == link.hash
    assert {link.hash for link in links if link.hash in sealed} == sealed
    admitted = {admit(ROOT.public, one.message).public for one in _of(found, "certificate")}
    assert {one.public for one in found if isinstance(one, Proof) and one.what in {"act", "seal"}} == admitted
    assert {one.public for one in _of(found, "certificate")} == {ROOT.public}
    (receipt,) = _of(found, "receipt")
    assert receipt.public == node.central_public


def _of(found: Sequence[Proof | Link], what: str) -> list[Proof]:
    return [one for one in found if isinstance(one, Proof) and one.what == what]


@pytest.mark.parametrize("name", ["request", "grant", "certificate", "manifest"])
def test_every_signed_file_is_a_message_the_peer_verifies(name: str) -> None:
    proof = signed_files()[name]
    assert peer(asked(proof)) == [{"payload": cose.payload_of(proof.message).hex()}]


@pytest.mark.parametrize("context", ["act", "seal", "receipt", "certificate", "request", "grant", "bundle"])
def test_what_the_peer_signs_is_what_we_would_have_signed_and_we_verify_it(context: str) -> None:
    payload, seed = b"what is signed", b"s" * 32
    aad = cose.external_aad(SHIPPED, context).decode()
    (made,) = peer({"sign": payload.hex(), "aad": aad, "seed": seed.hex()})
    message, key = bytes.fromhex(made["message"]), SHIPPED.key(seed)

    assert made["public"] == key.public.hex()
    assert message == cose.sign1(SHIPPED, key, context, payload)
    assert cose.open1(SHIPPED, key.public, context, message) == payload


CHANGES: dict[str, Any] = {
    "another payload": lambda one: one | {"verify": one["verify"].replace(b"order".hex(), b"0rder".hex())},
    "another key": lambda one: one | {"public": SHIPPED.key(b"x" * 32).public.hex()},
    "another purpose": lambda one: one | {"aad": "ortoo/1/seal"},
    "another suite": lambda one: one | {"aad": one["aad"].replace("/1/", "/2/")},
    "another signature": lambda one: one | {"verify": one["verify"][:-2] + "00"},
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_we_refuse_the_peer_refuses(node: Host, change: str) -> None:
    one = _of(evidence(node), "act")[0]
    changed = CHANGES[change](asked(one))
    _, _, context = changed["aad"].split("/")
    suite_is_ours = changed["aad"].startswith("ortoo/1/")

    assert "error" in peer(changed)[0]
    if suite_is_ours:
        with pytest.raises(NotTrusted):
            cose.open1(SHIPPED, bytes.fromhex(changed["public"]), context, bytes.fromhex(changed["verify"]))

"""Runs in the peers' environment, with none of our code: `cwt` checks and makes COSE_Sign1 messages (RFC 9052).

One JSON object a line in, one a line out: {"verify": message, "aad", "public"} -> {"payload"} or {"error"};
{"sign": payload, "aad", "seed"} -> {"message", "public"}. Bytes are hex.
"""

import json
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cwt import COSE, COSEKey
from cwt.exceptions import CWTError


def key(public: bytes, seed: bytes = b"") -> object:
    """An Ed25519 key as COSE writes it: kty OKP, alg EdDSA, crv Ed25519 (RFC 9053, 7.2)."""
    params = {1: 1, 3: -8, -1: 6, -2: public, 2: b"k"}
    return COSEKey.new(params | ({-4: seed} if seed else {}))


def answer(asked: dict[str, str]) -> dict[str, str]:
    """What the peer says."""
    aad = asked["aad"].encode()
    if "verify" in asked:
        public = bytes.fromhex(asked["public"])
        try:
            payload = COSE.new().decode(bytes.fromhex(asked["verify"]), keys=key(public), external_aad=aad)
        except (CWTError, ValueError) as error:
            return {"error": type(error).__name__}
        return {"payload": payload.hex()}
    seed = bytes.fromhex(asked["seed"])
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    made = COSE.new().encode_and_sign(
        bytes.fromhex(asked["sign"]), key(public, seed), protected={1: -8}, unprotected={}, external_aad=aad
    )
    return {"message": made.hex(), "public": public.hex()}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))))

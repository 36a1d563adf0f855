#!/usr/bin/env python3
"""Writes the known answers beside this file: what the protocol's primitives and messages must come out as.

    pip install cryptography==50.0.2 py_ecc==8.0.0 eth-account==0.14.0
    python3 aggregation/tests/vectors/make.py

It follows docs/PROTOCOL.md and shares no code with the Rust crates; `aggregation/tests/known_answers/` and
`contracts/bindings/tests/known_answers.rs` compare. A change of a vector is a change of the protocol.

Vectors that already stand in unit tests, made in the same way, are not repeated: pair, roster and group seeds
(`masking/seeds.rs`), mask streams (`masking/stream.rs`), one masked update (`masking/mask.rs`), packing (`update/pack.rs`),
the initial model and three steps of FedAdam (`optimizer/mod.rs`).

Not made here: MLS messages (RFC 9420 has vectors of its own, which openmls runs), protobuf messages, those inside MLS
messages too (`proto/tests/vectors/` has them), and the few digests that the client makes and nobody else (`dkg`,
`dkg-members`, `study-model`, `no-model`, `row-order`).
"""

import json
import pathlib

import cohorts
import committee
import money
import rounds

HERE = pathlib.Path(__file__).parent


def plain(value):
    """Bytes as hex, whole numbers beyond 53 bits as strings."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if value is None or isinstance(value, (bool, float, str)):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**53 else str(value)
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    return [plain(item) for item in value]


def main():
    files = {
        "hash": rounds.hashes(),
        "round": rounds.messages(),
        "sum": rounds.secure_sum(),
        "cohorts": cohorts.cohorts(),
        "committee": committee.signatures(),
        "sealed_seed": committee.sealed_seeds(),
        "dkg": committee.key_generation(),
        "numbers": rounds.plan_numbers(),
        "model": rounds.model(),
        "scores": money.scores(),
        "transcript": money.transcript(),
        "settlement": money.settlement(),
    }
    for name, content in files.items():
        text = json.dumps(plain(content), indent=1, ensure_ascii=False)
        (HERE / f"{name}.json").write_text(text + "\n")
        print(f"{name}.json")


if __name__ == "__main__":
    main()

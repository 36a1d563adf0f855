"""The committee: key generation, signatures, sealed seeds, releases."""

from primitives import (
    aes_gcm,
    bls_sign,
    derive_key,
    digest,
    eip2537_g1,
    eip2537_g2,
    evaluate,
    g1_bytes,
    g1_times,
    g2_bytes,
    hpke_seal,
    interpolate,
    kem_encrypt,
    sha256,
    u32,
    u64,
    x25519_public,
)
from rounds import owner

MEMBERS, QUORUM = 4, 3
# Of degree quorum - 1; numbers that nobody would take for secret.
POLYNOMIAL = [int.from_bytes(sha256(f"coefficient {i}".encode()), "big") >> 2 for i in range(QUORUM)]
SECRET = POLYNOMIAL[0]
SHARES = [evaluate(POLYNOMIAL, index + 1) for index in range(MEMBERS)]
PUBLIC = g1_times(SECRET)
PURPOSES = {"beacon": "BEACON", "cut": "CUT", "settlement": "SETTLEMENT"}


def scalar(number):
    return number.to_bytes(32, "big")


def key_share(index):
    return b"\1" + u64(index) + scalar(SHARES[index])


def key():
    return {
        "members": MEMBERS,
        "quorum": QUORUM,
        "key": b"".join(g1_bytes(g1_times(c)) for c in POLYNOMIAL),
        "public_key": g1_bytes(PUBLIC),
        "public_key_eip2537": eip2537_g1(PUBLIC),
        "shares": [key_share(index) for index in range(MEMBERS)],
    }


def signatures():
    message = sha256(b"what is signed")
    signed = []
    for name, purpose in PURPOSES.items():
        shares = [bls_sign(share, message, purpose) for share in SHARES]
        certificate = bls_sign(SECRET, message, purpose)
        for missing in range(MEMBERS):
            quorum = [(i, shares[i]) for i in range(MEMBERS) if i != missing]
            assert g2_bytes(interpolate(quorum)) == g2_bytes(certificate)
        signed.append(
            {
                "purpose": name,
                "message": message,
                "shares": [g2_bytes(share) for share in shares],
                "certificate": g2_bytes(certificate),
                "certificate_eip2537": eip2537_g2(certificate),
            }
        )
    return {**key(), "signatures": signed}


# ------------------------------------------------------------------------------------------------ sealed seeds

KINDS = {"pair": b"\1", "self": b"\2"}


def seal(payload, context, who, kind, key_, r):
    parts = (context, who, KINDS[kind])
    kem = kem_encrypt(PUBLIC, key_, r)
    key_digest = digest("committee/sealed-seed/key-digest", *parts, key_)
    aead = derive_key(key_, "committee/sealed-seed/key", *parts)
    body = aes_gcm(aead, bytes(12), payload, b"".join(parts))
    label = bls_sign(r, digest("committee/sealed-seed/label", *parts, kem, key_digest, body), "SEAL")
    return b"\1" + kem + key_digest + g2_bytes(label) + body


def sealed_seeds():
    cases, released = [], []
    message = sha256(b"a cut")
    for number, (kind, payload) in enumerate([("self", bytes([5]) * 32), ("pair", bytes(range(106)))]):
        context, who = bytes([0xC0 + number]) * 32, owner(number + 1)
        key_, r = sha256(f"key {number}".encode()), int.from_bytes(sha256(f"r {number}".encode()), "big") >> 2
        shares = [g1_bytes(g1_times(r * share)) for share in SHARES]
        cases.append(
            {
                "context": context,
                "owner": who,
                "kind": kind,
                "payload": payload,
                "sealed": seal(payload, context, who, kind, key_, r),
                "decryption_shares": shares,
            }
        )
        released.append(shares)
    release = [
        b"\1" + u32(len(released)) + b"".join(shares[i] for shares in released) + g2_bytes(bls_sign(SHARES[i], message, "CUT"))
        for i in range(MEMBERS)
    ]
    return {**key(), "seeds": cases, "release": {"cut": message, "answers": release}}


# ------------------------------------------------------------------------------------------------ key generation


def key_generation():
    """A run of three. What the second and the third member say is made here; the first is the program under test."""
    context, members = bytes([0xD6]) * 32, 3
    quorum = 2
    secrets = [bytes([i + 1]) * 32 for i in range(members)]
    publics = [x25519_public(secret) for secret in secrets]
    commits, deals, dealers = [], [], []
    for dealer in range(1, members):
        polynomial = [int.from_bytes(sha256(f"dealer {dealer} {i}".encode()), "big") >> 2 for i in range(quorum)]
        commitment = b"".join(g1_bytes(g1_times(c)) for c in polynomial)
        announced = digest("committee/dkg/commitment", context, owner(dealer + 1), commitment)
        sealed = []
        for receiver in range(members):
            info = digest("committee/dkg/share", context, owner(dealer + 1), announced, owner(receiver + 1))
            ephemeral = sha256(f"ephemeral {dealer} {receiver}".encode())
            share = scalar(evaluate(polynomial, receiver + 1))
            sealed.append(hpke_seal(publics[receiver], info, share, ephemeral))
        commits.append(b"\1" + context + b"\1" + announced)
        deals.append(b"\1" + context + b"\2" + u32(quorum) + commitment + u32(members) + b"".join(sealed))
        dealers.append(
            {
                "owner": owner(dealer + 1),
                "commitment": commitment,
                "share_for_first": scalar(evaluate(polynomial, 1)),
                "public": g1_bytes(g1_times(polynomial[0])),
            }
        )
    verdict = b"\1" + context + b"\3" + u32(0)
    accusing = b"\1" + context + b"\3" + u32(2) + u64(0) + u64(2)
    shares = [(0, scalar(5)), (2, scalar(6))]
    justify = b"\1" + context + b"\4" + u32(len(shares)) + b"".join(u64(i) + s for i, s in shares)
    return {
        "context": context,
        "seal_secrets": secrets,
        "seal_keys": publics,
        "owners": [owner(i + 1) for i in range(members)],
        "dealers": dealers,
        "commits": commits,
        "deals": deals,
        "verdict": verdict,
        "accusing_verdict": accusing,
        "justify": justify,
    }

"""What the vectors are made with: nothing of it is shared with the programs under test.

Hashes and HMAC are Python's own; AES, X25519 and Ed25519 are OpenSSL's (package `cryptography`); BLS12-381 and its hash
to the curve are py_ecc's; ChaCha20 and HPKE are written out below.
"""

import hashlib
import hmac
import struct

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_ecc.bls.hash_to_curve import hash_to_G2
from py_ecc.bls.point_compression import compress_G1, compress_G2
from py_ecc.optimized_bls12_381 import G1, add, curve_order, multiply, normalize

# ------------------------------------------------------------------------------------------------ the two hashes


def u16(n):
    return struct.pack("<H", n)


def u32(n):
    return struct.pack("<I", n)


def u64(n):
    return struct.pack("<Q", n)


def sha256(data):
    return hashlib.sha256(data).digest()


def digest(label, *parts):
    """H(label; parts)."""
    body = b"tributary/v1/" + label.encode() + b"\0"
    return sha256(body + b"".join(u64(len(part)) + part for part in parts))


def hkdf_extract(salt, secret):
    return hmac.new(salt or bytes(32), secret, hashlib.sha256).digest()


def hkdf_expand(key, info, length):
    out, block = b"", b""
    while len(out) < length:
        block = hmac.new(key, block + info + bytes([len(out) // 32 + 1]), hashlib.sha256).digest()
        out += block
    return out[:length]


def derive_key(secret, label, *parts):
    """KDF(secret, label; parts)."""
    return hkdf_expand(hkdf_extract(b"", secret), digest(label, *parts), 32)


# ------------------------------------------------------------------------------------------------ streams


def chacha20_words(key):
    """The 32-bit words of ChaCha20 with a zero nonce and a 64-bit counter from 0."""
    constant = struct.unpack("<4I", b"expand 32-byte k")
    key = struct.unpack("<8I", key)

    def rotate(value, by):
        return (value << by | value >> (32 - by)) & 0xFFFFFFFF

    counter = 0
    while True:
        start = [*constant, *key, counter & 0xFFFFFFFF, counter >> 32, 0, 0]
        x = list(start)

        def quarter(a, b, c, d):
            for p, q, r, by in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                x[p] = (x[p] + x[q]) & 0xFFFFFFFF
                x[r] = rotate(x[r] ^ x[p], by)

        for _ in range(10):
            for column in range(4):
                quarter(column, 4 + column, 8 + column, 12 + column)
            for diagonal in range(4):
                quarter(diagonal, 4 + (diagonal + 1) % 4, 8 + (diagonal + 2) % 4, 12 + (diagonal + 3) % 4)
        yield from ((a + b) & 0xFFFFFFFF for a, b in zip(x, start))
        counter += 1


def next_u64(words):
    low = next(words)
    return next(words) << 32 | low


def shuffle(seed, items):
    """Fisher and Yates, from the end, each place drawn by rejection."""
    words, items = chacha20_words(seed), list(items)
    for last in range(len(items) - 1, 0, -1):
        bound = last + 1
        zone = 2**64 - 1 - (2**64 - 1) % bound
        draw = next_u64(words)
        while draw >= zone:
            draw = next_u64(words)
        items[last], items[draw % bound] = items[draw % bound], items[last]
    return items


def mask_words(seed, purpose, count, word_bytes):
    """PRG(seed): AES-128 of (64-bit little-endian counter, nonce), cut into words."""
    derived = derive_key(seed, "mask-stream", purpose.encode())
    blocks = b"".join(u64(i) + derived[16:24] for i in range(count * word_bytes // 16 + 1))
    stream = Cipher(algorithms.AES(derived[:16]), modes.ECB()).encryptor().update(blocks)
    return [int.from_bytes(stream[i * word_bytes : (i + 1) * word_bytes], "little") for i in range(count)]


def pack(words, bits):
    number = sum((word % 2**bits) << (i * bits) for i, word in enumerate(words))
    return number.to_bytes((len(words) * bits + 7) // 8, "little")


# ------------------------------------------------------------------------------------------------ X25519, Ed25519, HPKE


def raw(public):
    return public.public_bytes(Encoding.Raw, PublicFormat.Raw)


def x25519_public(secret):
    return raw(X25519PrivateKey.from_private_bytes(secret).public_key())


def x25519(secret, public):
    return X25519PrivateKey.from_private_bytes(secret).exchange(X25519PublicKey.from_public_bytes(public))


def ed25519_public(secret):
    return raw(Ed25519PrivateKey.from_private_bytes(secret).public_key())


def ed25519_sign(secret, message):
    return Ed25519PrivateKey.from_private_bytes(secret).sign(message)


def aes_gcm(key, nonce, plaintext, associated):
    return AESGCM(key).encrypt(nonce, plaintext, associated)


def hpke_seal(receiver_public, info, plaintext, ephemeral_secret):
    """RFC 9180 base mode, one message: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM."""

    def extract(suite, salt, label, secret):
        return hkdf_extract(salt, b"HPKE-v1" + suite + label + secret)

    def expand(suite, key, label, info, length):
        return hkdf_expand(key, struct.pack(">H", length) + b"HPKE-v1" + suite + label + info, length)

    kem = b"KEM" + struct.pack(">H", 0x0020)
    encapsulated = x25519_public(ephemeral_secret)
    shared = extract(kem, b"", b"eae_prk", x25519(ephemeral_secret, receiver_public))
    shared = expand(kem, shared, b"shared_secret", encapsulated + receiver_public, 32)

    suite = b"HPKE" + struct.pack(">HHH", 0x0020, 0x0001, 0x0002)
    context = b"\0" + extract(suite, b"", b"psk_id_hash", b"") + extract(suite, b"", b"info_hash", info)
    secret = extract(suite, shared, b"secret", b"")
    key = expand(suite, secret, b"key", context, 32)
    nonce = expand(suite, secret, b"base_nonce", context, 12)
    return encapsulated + aes_gcm(key, nonce, plaintext, b"")


# ------------------------------------------------------------------------------------------------ BLS12-381


def tag(purpose):
    return f"TRIBUTARY-V1-{purpose}_BLS12381G2_XMD:SHA-256_SSWU_RO_".encode()


def g1_bytes(point):
    return compress_G1(point).to_bytes(48, "big")


def g2_bytes(point):
    high, low = compress_G2(point)
    return high.to_bytes(48, "big") + low.to_bytes(48, "big")


def g1_times(scalar, point=G1):
    return multiply(point, scalar % curve_order)


def bls_sign(secret, message, purpose):
    return multiply(hash_to_G2(message, tag(purpose), hashlib.sha256), secret)


def eip2537_g1(point):
    return b"".join(int(c).to_bytes(64, "big") for c in normalize(point))


def eip2537_g2(point):
    x, y = normalize(point)
    return b"".join(int(c).to_bytes(64, "big") for coordinate in (x, y) for c in coordinate.coeffs)


def evaluate(polynomial, x):
    return sum(c * x**i for i, c in enumerate(polynomial)) % curve_order


def interpolate(points):
    """From (index, point) of a quorum to the point at zero; index i has x = i + 1."""
    total = None
    for i, point in points:
        factor = 1
        for j, _ in points:
            if j != i:
                factor = factor * (j + 1) * pow(j - i, -1, curve_order) % curve_order
        term = multiply(point, factor)
        total = term if total is None else add(total, term)
    return total


# ------------------------------------------------------------------------------------------------ threshold_crypto's KEM

def kem_pad(point):
    """The bytes that the crate hides a key with: of each 32-bit word of ChaCha20 the lowest byte."""
    words = chacha20_words(hashlib.sha3_256(g1_bytes(point)).digest())
    return bytes(next(words) & 0xFF for _ in range(32))


def kem_encrypt(public, key, r):
    """U and V of Baek and Zheng, with the ephemeral key r."""
    u = g1_bytes(g1_times(r))
    v = bytes(a ^ b for a, b in zip(key, kem_pad(g1_times(r, public))))
    return u + v

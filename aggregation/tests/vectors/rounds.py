"""Digests, headers, groups and the secure sum of a round."""

import math
import struct
from fractions import Fraction

from primitives import (
    chacha20_words,
    derive_key,
    digest,
    ed25519_public,
    ed25519_sign,
    mask_words,
    pack,
    sha256,
    shuffle,
    u16,
    u32,
    u64,
    x25519,
    x25519_public,
)


def owner(index):
    return bytes([index]) * 20


def hashes():
    parts = [[], [b""], [b"ab", b"c"], [b"a", b"bc"], [bytes(range(256)), u64(7)]]
    return {
        "digest": [{"label": "a-label", "parts": p, "digest": digest("a-label", *p)} for p in parts],
        "derive_key": [
            {"secret": s, "label": "a-label", "parts": p, "key": derive_key(s, "a-label", *p)}
            for s, p in [(bytes(32), []), (bytes(range(32)), [b"one", b"two"]), (b"short", [b""])]
        ],
    }


def round_context(c):
    return digest(
        "round-context",
        c["study"],
        u64(c["epoch"]),
        c["epoch_authenticator"],
        u64(c["round"]),
        u32(c["attempt"]),
        u16(c["group"]),
        c["model"],
        c["plan"],
    )


def roster_context(context0, roster):
    return digest("roster-context", context0, *roster)


def cut_digest(epoch, round_, attempt, group, context, online, offline):
    flat = lambda side: [part for entry in side for part in entry]
    return digest(
        "cut",
        u64(epoch),
        u64(round_),
        u32(attempt),
        u16(group),
        context,
        digest("cut-online", *flat(online)),
        digest("cut-offline", *flat(offline)),
    )


def candidates_digest(candidates):
    return digest("committee/candidates", *sorted(set(candidates)))


def beacon_message(study, epoch, round_, attempt, candidates):
    return digest("committee/beacon", study, u64(epoch), u64(round_), u32(attempt), candidates_digest(candidates))


def assign_groups(beacon, candidates, min_group, max_groups):
    candidates = sorted(set(candidates))
    count = min(len(candidates) // min_group, max_groups)
    if count == 0:
        return []
    order = shuffle(digest("groups", beacon), candidates)
    size, larger = divmod(len(order), count)
    groups, start = [], 0
    for index in range(count):
        end = start + size + (index < larger)
        groups.append(sorted(order[start:end]))
        start = end
    return groups


def word_bits(plan):
    largest = plan["max_owners"] * (2 ** plan["bits"] - 1) * plan["max_weight"]
    return largest.bit_length()


def plan_digest(plan):
    return digest(
        "round-plan",
        u64(plan["vector_len"]),
        bytes([plan["bits"]]),
        plan["norm"].encode(),
        struct.pack("<d", plan["bound"]),
        u32(plan["max_weight"]),
        u16(plan["max_owners"]),
        u16(plan["min_group"]),
        u32(word_bits(plan)),
    )


PLAN = {"vector_len": 5, "bits": 16, "norm": "linf", "bound": 1.0, "max_weight": 1000, "max_owners": 16, "min_group": 2}
L2_PLAN = {**PLAN, "norm": "l2", "bound": 0.75, "bits": 24, "max_weight": 100_000}


def messages():
    context = {
        "study": bytes([1]) * 32,
        "epoch": 2,
        "epoch_authenticator": bytes(range(32)),
        "round": 3,
        "attempt": 4,
        "group": 5,
        "model": bytes([6]) * 32,
        "plan": plan_digest(PLAN),
    }
    context0 = round_context(context)
    roster = [owner(i) for i in (1, 2, 3)]
    full = roster_context(context0, roster)
    secret = bytes([9]) * 32
    public = ed25519_public(secret)
    sealed_pair, sealed_self = bytes(range(200)), bytes(range(100))
    update = sha256(b"a masked update")
    join = digest("join", context0, owner(1), sealed_pair)
    report = digest("report", full, owner(1), sealed_self, update)
    online = [(owner(1), report), (owner(2), bytes([8]) * 32)]
    offline = [(owner(3), join)]
    salt, csv = bytes([7]) * 32, b"age,num\n50,1\n"
    beacon = bytes(range(96))
    groups = []
    for count, min_group, max_groups in [(3, 2, 6), (5, 2, 2), (16, 3, 6), (16, 4, 3), (1, 2, 2)]:
        everybody = [owner(i) for i in range(1, count + 1)]
        assigned = assign_groups(beacon, everybody, min_group, max_groups)
        groups.append({"beacon": beacon, "candidates": everybody, "min_group": min_group, "max_groups": max_groups, "groups": assigned})
    return {
        "identity": {"mls_key": public, "commitment": digest("mls-identity", public)},
        "holdout": {"salt": salt, "csv": csv, "commitment": digest("holdout", salt, csv)},
        "round_plans": [{**p, "word_bits": word_bits(p), "digest": plan_digest(p)} for p in (PLAN, L2_PLAN)],
        "round_context": {**context, "digest": context0},
        "roster_context": {"context0": context0, "roster": roster, "digest": full},
        "mls_secret": secret,
        "join": {
            "context0": context0,
            "owner": owner(1),
            "sealed_pair": sealed_pair,
            "digest": join,
            "signature": ed25519_sign(secret, join),
        },
        "report": {
            "context": full,
            "owner": owner(1),
            "sealed_self": sealed_self,
            "update": update,
            "digest": report,
            "signature": ed25519_sign(secret, report),
        },
        "cut": {
            "epoch": 2,
            "round": 3,
            "attempt": 4,
            "group": 5,
            "context": full,
            "online": online,
            "offline": offline,
            "digest": cut_digest(2, 3, 4, 5, full, online, offline),
        },
        "beacon": {
            "study": context["study"],
            "epoch": 2,
            "round": 3,
            "attempt": 4,
            "candidates": roster,
            "candidates_digest": candidates_digest(roster),
            "message": beacon_message(context["study"], 2, 3, 4, roster),
        },
        "groups": groups,
    }


# ------------------------------------------------------------------------------------------------ the secure sum


def quantise(plan, values, weight):
    """Weighted integers, the weight last; halves away from zero, by exact fractions."""
    half = 2 ** (plan["bits"] - 1) - 1
    words = []
    for value in values:
        level = Fraction(value) / Fraction(plan["bound"]) * half
        rounded = int(abs(level) + Fraction(1, 2)) * (1 if level >= 0 else -1)
        words.append((rounded + half) * weight)
    return words + [weight]


def pair_seed(context0, secrets, i, j):
    low, high = sorted((owner(i), owner(j)))
    return derive_key(x25519(secrets[i], x25519_public(secrets[j])), "pair-seed", context0, low, high)


def secure_sum():
    """Four owners, the second of whom drops out after it joined; words of 32 bits or fewer, and wider ones."""
    return [one_sum(PLAN), one_sum({**PLAN, "bits": 24, "max_weight": 100_000, "bound": 2.0})]


def one_sum(plan):
    members, offline = [1, 2, 3, 4], 2
    bits = word_bits(plan)
    size = 4 if bits <= 32 else 8
    secrets = {i: bytes([i]) * 32 for i in members}
    own = {i: bytes([16 + i]) * 32 for i in members}
    exporter, context0 = bytes([0xEE]) * 32, bytes([0xC0]) * 32
    roster = [owner(i) for i in members]
    context = roster_context(context0, roster)
    values = {i: [((7 * i + 3 * k) % 129 - 64) / 64 * plan["bound"] for k in range(plan["vector_len"])] for i in members}
    weights = {i: 100 * i + 1 for i in members}
    count = plan["vector_len"] + 1

    seeds = {
        (i, j): derive_key(pair_seed(context0, secrets, i, j), "pair-seed-roster", context)
        for i in members
        for j in members
        if i != j
    }
    group = {i: derive_key(exporter, "group-seed", context, owner(i)) for i in members}
    entries, masked = [], {}
    for i in members:
        words = quantise(plan, values[i], weights[i])
        streams = [(own[i], "self", 1), (group[i], "group", 1)]
        streams += [(seeds[i, j], "pair", 1 if i < j else -1) for j in members if j != i]
        total = list(words)
        for seed, purpose, sign in streams:
            total = [a + sign * b for a, b in zip(total, mask_words(seed, purpose, count, size))]
        masked[i] = [word % 2**bits for word in total]
        pairs = [(owner(j), pair_seed(context0, secrets, i, j)) for j in members if j != i]
        entries.append(
            {
                "owner": owner(i),
                "x25519_secret": secrets[i],
                "x25519_public": x25519_public(secrets[i]),
                "own_seed": own[i],
                "values": values[i],
                "weight": weights[i],
                "integers": words,
                "pair_seeds": u16(len(pairs)) + b"".join(o + s for o, s in pairs),
                "masked": pack(masked[i], bits),
            }
        )

    online = [i for i in members if i != offline]
    plain = [sum(column) for column in zip(*(quantise(plan, values[i], weights[i]) for i in online))]
    sealed = list(plain)
    for i in online:
        sealed = [a + b for a, b in zip(sealed, mask_words(group[i], "group", count, size))]
    # The same, from the masked updates and what a quorum opens: the online owners' own seeds, the offline one's pairs.
    check = [sum(column) for column in zip(*(masked[i] for i in online))]
    for i in online:
        sign = 1 if offline < i else -1
        stream = mask_words(seeds[offline, i], "pair", count, size)
        check = [a - b + sign * c for a, b, c in zip(check, mask_words(own[i], "self", count, size), stream)]
    assert [word % 2**bits for word in check] == [word % 2**bits for word in sealed]

    weight, half = plain[-1], 2 ** (plan["bits"] - 1) - 1
    mean = [float(total - weight * half) / (float(weight) * float(half)) * plan["bound"] for total in plain[:-1]]
    return {
        "plan": plan,
        "context0": context0,
        "context": context,
        "exporter": exporter,
        "owners": entries,
        "offline": owner(offline),
        "sealed_sum": pack(sealed, bits),
        "weight": weight,
        "sums": plain[:-1],
        "mean_bits": [struct.unpack("<I", struct.pack("<f", x))[0] for x in mean],
    }


# ------------------------------------------------------------------------------------------------ numbers in JSON


def plan_numbers():
    """A plan's numbers in decimal, with the double that each means: the nearest one (IEEE 754), not its neighbour."""
    seeds = (int.from_bytes(sha256(f"number {i}".encode())[:8], "little") for i in range(200))
    doubles = [(seed >> 11) / 2**53 for seed in seeds]
    return [{"text": repr(x), "bits": struct.pack(">d", x)} for x in doubles if x > 0]


# ------------------------------------------------------------------------------------------------ the model


def model_bytes(round_, weights, memory):
    """`memory`: part number to vector, or to a number."""
    out = b"TRIBMDL2" + u64(round_) + u64(len(weights)) + struct.pack(f"<{len(weights)}f", *weights)

    def part(v):
        if isinstance(v, float):
            return struct.pack("<d", v)
        return u64(v) if isinstance(v, int) else u64(len(v)) + struct.pack(f"<{len(v)}d", *v)

    parts = [bytes([n]) + part(v) for n, v in sorted(memory.items())]
    return out + bytes([len(parts)]) + b"".join(parts)


def single(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]


def three_steps(rule):
    """Reddi et al. 2021, Algorithm 2, and Hsu et al. 2019, from the papers."""
    weights, rate = [0.5, -1.25, 3.0, 0.0], 0.25
    tau, beta1, beta2 = 0.125, 0.9 if rule != "fedadagrad" else 0.0, 0.99
    m = [0.0] * 4
    v = [tau * tau] * 4
    updates = [[0.25, 0.5, -0.125, 0.01], [-0.3, 0.5, 0.0, 0.2], [0.001, -4.0, 0.7, -0.02]]
    updates = [[single(x) for x in update] for update in updates]
    for update in updates:
        for i, d in enumerate(update):
            if rule == "fedavgm":
                m[i] = beta1 * m[i] + d
                step = rate * m[i]
            else:
                m[i] = beta1 * m[i] + (1.0 - beta1) * d
                if rule == "fedadagrad":
                    v[i] = v[i] + d * d
                elif rule == "fedadam":
                    v[i] = beta2 * v[i] + (1.0 - beta2) * (d * d)
                else:
                    sign = (v[i] > d * d) - (v[i] < d * d)
                    v[i] = v[i] - (1.0 - beta2) * (d * d) * sign
                step = rate * m[i] / (math.sqrt(v[i]) + tau)
            weights[i] = single(weights[i] + step)
    spec = {"rule": rule, "learning_rate": rate}
    if rule == "fedavgm":
        spec["momentum"] = beta1
    else:
        spec |= {"beta1": beta1, "epsilon": tau} | ({} if rule == "fedadagrad" else {"beta2": beta2})
    after = model_bytes(3, weights, {1: m} if rule == "fedavgm" else {1: m, 2: v})
    return {"spec": spec, "before": [0.5, -1.25, 3.0, 0.0], "updates": updates, "after": after}


def model():
    weights, update = [0.5, -1.25, 3.0], [0.25, 0.5, -0.125]
    first, second = [0.1, -0.2, 0.3], [0.01, 0.02, 0.03]
    states = [(0, weights, {}), (7, weights, {1: first, 2: second}), (5, weights, {1: first}), (1, [], {}), (2, weights, {3: first, 4: 700}), (3, weights, {5: 1.75})]
    stepped = [w + 0.5 * d for w, d in zip(weights, update)]
    words = chacha20_words(bytes(range(32)))
    bound = 1.0 / 2.0**0.5
    drawn = [(2.0 * ((next(words) >> 8) / 2**24) - 1.0) * bound for _ in range(3)]
    return {
        "states": [
            {
                "round": r,
                "weights": w,
                "first": m.get(1),
                "second": m.get(2),
                "control": m.get(3),
                "most_rows": m.get(4),
                "clip": m.get(5),
                "bytes": model_bytes(r, w, m),
                "digest": digest("model-state", model_bytes(r, w, m)),
            }
            for r, w, m in states
        ],
        "fedavg": {"learning_rate": 0.5, "before": model_bytes(0, weights, {}), "update": update, "after": model_bytes(1, stepped, {})},
        "rules": [three_steps(rule) for rule in ("fedavgm", "fedadagrad", "fedadam", "fedyogi")],
        "first_layer": {"seed": bytes(range(32)), "inputs": 2, "bits": [struct.unpack("<I", struct.pack("<f", x))[0] for x in drawn]},
    }

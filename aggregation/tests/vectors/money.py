"""Scores, payouts, the transcript, and what goes on chain."""

import itertools
import json
import math
import struct
from fractions import Fraction

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils import keccak

from committee import PUBLIC, SECRET
from primitives import bls_sign, digest, eip2537_g1, g1_bytes, g2_bytes, sha256
from rounds import assign_groups, beacon_message, cut_digest, owner


def shapley(utilities):
    """Numerators over m!: the mean of what a group adds, over all orders in which the groups may come."""
    groups = len(utilities).bit_length() - 1
    numerators = [0] * groups
    for order in itertools.permutations(range(groups)):
        coalition = 0
        for group in order:
            numerators[group] += utilities[coalition | 1 << group] - utilities[coalition]
            coalition |= 1 << group
    return numerators, math.factorial(groups)


def apportion(amount, weights):
    """Largest remainders; of equal ones the first."""
    exact = [Fraction(amount * weight, sum(weights)) for weight in weights]
    shares = [math.floor(share) for share in exact]
    order = sorted(range(len(weights)), key=lambda i: (shares[i] - exact[i], i))
    for i in order[: amount - sum(shares)]:
        shares[i] += 1
    return shares


def payouts(pool, base_bps, groups, numerators):
    everybody = sorted(o for group in groups for o in group)
    paid = dict.fromkeys(everybody, 0)

    def split(amount, owners):
        owners = sorted(owners)
        for who, share in zip(owners, apportion(amount, [1] * len(owners))):
            paid[who] += share

    positive = [max(score, 0) for score in numerators]
    if not any(positive):
        split(pool, everybody)
    else:
        base = pool * base_bps // 10_000
        split(base, everybody)
        for group, share in zip(groups, apportion(pool - base, positive)):
            split(share, group)
    assert sum(paid.values()) == pool
    return paid


def scores():
    cases = []
    for utilities, sizes in [
        ([500_000, 700_000], [3]),
        ([500_000, 700_000, 640_000, 810_000], [2, 3]),
        ([500_000, 400_000, 500_000, 300_000], [2, 2]),
        ([0, 10, -20, 30, 40, -50, 60, 70], [2, 2, 3]),
        ([-(2**63), 2**63 - 1, 0, 5], [2, 2]),
    ]:
        numerators, denominator = shapley(utilities)
        owners = iter(range(1, 100))
        groups = [[owner(next(owners)) for _ in range(size)] for size in sizes]
        for pool, bps in [(10**21 + 1, 2000), (7, 0), (10**6, 10_000)]:
            paid = payouts(pool, bps, groups, numerators)
            cases.append(
                {
                    "utilities": [str(u) for u in utilities],
                    "numerators": [str(n) for n in numerators],
                    "denominator": denominator,
                    "pool": str(pool),
                    "base_share_bps": bps,
                    "groups": groups,
                    "payouts": [{"owner": o, "amount": str(a)} for o, a in sorted(paid.items())],
                }
            )
    return cases


# ------------------------------------------------------------------------------------------------ the transcript

PLAN = {
    "version": 1,
    "name": "known answers",
    "researcher": "0x" + "ee" * 20,
    "rounds": 3,
    "schema": {
        "features": [{"name": "age", "kind": "numeric", "low": 0.0, "high": 120.0}],
        "label": {"name": "num", "positive_above": 0.0},
    },
    "model": {"hidden": []},
    "training": {"local_epochs": 1, "batch_size": 0, "learning_rate": 0.125, "weight_decay": 0.0, "seed": 1},
    "optimizer": {"rule": "fedavg", "learning_rate": 1.0},
    "aggregation": {"clip": 1.0, "bits": 16, "max_weight": 1000, "min_group": 2, "max_groups": 2},
    "cohort": {"min_owners": 4, "max_owners": 5},
    "scoring": {"metric": "auc", "tolerance_micros": 0},
    "payment": {"per_round": "1000000000000000000001", "base_share_bps": 2000},
    "deadlines": dict.fromkeys(
        ["silence_s", "enrol_s", "committee_s", "gather_s", "join_s", "report_s", "release_s", "settle_s", "study_s"], 1
    ),
    "holdout_commitment": "0x" + "01" * 32,
}


def hexed(data):
    return "0x" + data.hex()


def certify(message, purpose):
    return g2_bytes(bls_sign(SECRET, message, purpose))


def ledger(amounts):
    return [{"owner": hexed(o), "amount": str(a)} for o, a in sorted(amounts.items())]


def transcript():
    plan = json.dumps(PLAN).encode()
    study, epoch, round_, attempt = bytes([9]) * 32, 4, 1, 2
    candidates = [owner(i) for i in range(1, 6)]
    beacon = certify(beacon_message(study, epoch, round_, attempt, candidates), "BEACON")
    groups, contexts, sums, online_owners = [], [], [], []
    for index, roster in enumerate(assign_groups(beacon, candidates, 2, 2)):
        context, total = sha256(f"context {index}".encode()), sha256(f"sum {index}".encode())
        online = [(o, sha256(b"report" + o)) for o in roster[:2]]
        offline = [(o, sha256(b"join" + o)) for o in roster[2:]]
        cut = cut_digest(epoch, round_, attempt, index, context, online, offline)
        groups.append(
            {
                "index": index,
                "context": hexed(context),
                "roster": [hexed(o) for o in roster],
                "online": [{"owner": hexed(o), "report": hexed(d)} for o, d in online],
                "offline": [{"owner": hexed(o), "join": hexed(d), "reason": "silent"} for o, d in offline],
                "sum": hexed(total),
                "certificate": hexed(certify(cut, "CUT")),
            }
        )
        contexts.append(context)
        sums.append(total)
        online_owners.append(roster[:2])
    utilities = [500_000, 700_000, 640_000, 810_000]
    numerators, denominator = shapley(utilities)
    paid = payouts(int(PLAN["payment"]["per_round"]), PLAN["payment"]["base_share_bps"], online_owners, numerators)
    record = {
        "version": 1,
        "study": hexed(study),
        "plan": hexed(sha256(plan)),
        "epoch": epoch,
        "committee_key": hexed(g1_bytes(PUBLIC)),
        "round": round_,
        "attempt": attempt,
        "aborted": [
            {
                "round": 1,
                "attempt": 1,
                "reason": "group_too_small",
                "details": "group 0 had one owner online, 2 are needed",
                "absent": [hexed(owner(1)), hexed(owner(2))],
            }
        ],
        "previous": None,
        "candidates": [hexed(o) for o in candidates],
        "beacon": hexed(beacon),
        "groups": groups,
        "model_before": hexed(bytes([11]) * 32),
        "model_after": hexed(bytes([12]) * 32),
        "utilities": utilities,
        "scores": {"numerators": [str(n) for n in numerators], "denominator": denominator},
        "payouts": ledger(paid),
        "cumulative": ledger(paid),
    }
    text = json.dumps(record, indent=2).encode()
    return {
        "plan": plan.decode(),
        "plan_digest": sha256(plan),
        "study": study,
        "epoch": epoch,
        "public_key": g1_bytes(PUBLIC),
        "owners": candidates,
        "transcript": text.decode(),
        "settlement": {
            "round": round_,
            "context": digest("settlement-context", *contexts),
            "sums": digest("settlement-sums", *sums),
            "scores": digest(
                "settlement-scores",
                struct.pack("<4q", *utilities),
                b"".join(n.to_bytes(16, "little", signed=True) for n in numerators),
                struct.pack("<Q", denominator),
            ),
            "model": bytes([12]) * 32,
            "transcript": sha256(text),
            "cumulative_payout": str(sum(paid.values())),
        },
    }


# ------------------------------------------------------------------------------------------------ the chain


def merkle(leaves):
    """OpenZeppelin's standard tree: leaves sorted by hash, laid out as a heap, pairs sorted before they are hashed."""
    hashed = sorted(keccak(keccak(leaf)) for leaf in leaves)
    tree = [b""] * (len(hashed) - 1) + hashed[::-1]
    for i in range(len(hashed) - 2, -1, -1):
        tree[i] = keccak(b"".join(sorted((tree[2 * i + 1], tree[2 * i + 2]))))

    def proof(leaf):
        at, path = tree.index(keccak(keccak(leaf))), []
        while at > 0:
            path.append(tree[at + 1 if at % 2 else at - 1])
            at = (at - 1) // 2
        return path

    return tree[0], proof


def typed(domain, name, members, values):
    types = {
        "EIP712Domain": [
            {"name": "name", "type": "string"},
            {"name": "version", "type": "string"},
            {"name": "chainId", "type": "uint256"},
            {"name": "verifyingContract", "type": "address"},
        ],
        name: [{"type": kind, "name": member} for kind, member in (pair.split() for pair in members.split(","))],
    }
    message = dict(zip((entry["name"] for entry in types[name]), values))
    full = {"types": types, "primaryType": name, "domain": domain, "message": message}
    signable = encode_typed_data(full_message=full)
    return signable, keccak(b"\x19" + signable.version + signable.header + signable.body)


def settlement():
    escrow, chain_id = bytes([0xE5]) * 20, 31_337
    domain = {"name": "Tributary", "version": "1", "chainId": chain_id, "verifyingContract": hexed(escrow)}
    study, plan, identity, who = (bytes([i]) * 32 for i in (1, 2, 3, 4))
    who = who[:20]
    amounts = {owner(i): 10**18 * i + 7 for i in range(1, 8)}
    pad = lambda data: data.rjust(32, b"\0")
    leaf = lambda o: pad(o) + amounts[o].to_bytes(32, "big")
    words = [sha256(name.encode()) for name in ("context", "sums", "scores", "model", "transcript")]
    model_leaf = keccak(b"Tributary model") + study + words[3] + (2).to_bytes(32, "big")
    root, proof = merkle([*(leaf(o) for o in amounts), model_leaf])
    allowed_root, allowed_proof = merkle([pad(o) for o in amounts])
    total = sum(amounts.values())
    settled = "bytes32 study,uint64 epoch,uint64 round,bytes32 context,bytes32 sums,bytes32 scores,bytes32 model,bytes32 transcript,bytes32 payoutsRoot,uint128 cumulativePayout"
    key_hash = keccak(eip2537_g1(PUBLIC))
    mls_key, challenge = bytes([6]) * 32, bytes([7]) * 32
    messages = {
        "enrol": ("Enrol", "bytes32 study,address owner,bytes32 planDigest,bytes32 identity,uint64 sequence", [study, hexed(who), plan, identity, 5]),
        "leave": ("Leave", "bytes32 study,address owner,uint64 sequence", [study, hexed(who), 5]),
        "remove": ("Remove", "bytes32 study,address owner,uint64 sequence", [study, hexed(who), 5]),
        "committee_key": ("CommitteeKey", "bytes32 study,uint64 epoch,bytes32 keyHash", [study, 9, key_hash]),
        "settlement": ("Settlement", settled, [study, 9, 2, *words, root, total]),
        "mls_identity": ("MlsIdentity", "address owner,bytes signatureKey", [hexed(who), mls_key]),
        "session": ("Session", "address account,bytes32 challenge,uint64 expiresAt", [hexed(who), challenge, 1_800_000_000]),
    }
    account = Account.from_key(sha256(b"a wallet"))
    signable, digest_ = typed(domain, *messages["session"])
    signed = account.sign_message(signable)
    return {
        "chain_id": chain_id,
        "escrow": escrow,
        "study": study,
        "owner": who,
        "plan_digest": plan,
        "identity": identity,
        "sequence": 5,
        "epoch": 9,
        "round": 2,
        "context": words[0],
        "sums": words[1],
        "scores": words[2],
        "model": words[3],
        "transcript": words[4],
        "payouts": [{"owner": o, "amount": str(a), "proof": proof(leaf(o))} for o, a in amounts.items()],
        "model_proof": proof(model_leaf),
        "payouts_root": root,
        "cumulative_payout": str(total),
        "allowed": [{"owner": o, "proof": allowed_proof(pad(o))} for o in amounts],
        "allowed_root": allowed_root,
        "public_key_eip2537": eip2537_g1(PUBLIC),
        "mls_key": mls_key,
        "challenge": challenge,
        "expires_at": 1_800_000_000,
        "digests": {name: typed(domain, *message)[1] for name, message in messages.items()},
        "signature": {"secret": sha256(b"a wallet"), "account": bytes.fromhex(account.address[2:]), "digest": digest_, "bytes": bytes(signed.signature)},
    }

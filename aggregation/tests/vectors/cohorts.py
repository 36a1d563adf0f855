"""Large cohorts: sampled committees, and sparse mask graphs, from the definitions in docs/PARAMETERS.md."""

from fractions import Fraction
from math import comb

from primitives import digest, shuffle, u32, u64


def owner(index):
    return index.to_bytes(20, "big")


def tail(total, marked, drawn, least):
    """P[at least `least` of a uniform sample are marked]."""
    hits = sum(comb(marked, k) * comb(total - marked, drawn - k) for k in range(max(least, 0), min(marked, drawn) + 1))
    return Fraction(hits, comb(total, drawn))


def committee_size(owners, bps):
    corrupt = owners * bps // 10_000
    for size in range(16, owners):
        if tail(owners, corrupt, size, (size - 1) // 3 + 1) <= Fraction(1, 2**40):
            return size
    return owners


def graph_params(owners, corrupt):
    """Degree and how many of the following half must stay online; none where everybody masks with everybody."""
    if owners <= 64:
        return None
    for half in range(1, (owners - 2) // 2 + 1):
        stay = next(a for a in range(half + 2) if owners * tail(owners, corrupt, half, a) <= Fraction(1, 2**40))
        lost = half + 1 - stay
        if stay <= half and owners * tail(owners, owners * 3 // 10, half, lost) <= Fraction(1, 2**10):
            return 2 * half, stay
    return None


def neighbours(seed, count, degree):
    """By owner: the positions of those that stand up to half the degree away on the shuffled ring."""
    order = shuffle(seed, range(count))
    around = {}
    for place, position in enumerate(order):
        steps = [s for s in range(-(degree // 2), degree // 2 + 1) if s]
        around[position] = sorted(order[(place + step) % count] for step in steps)
    return [around[position] for position in range(count)]


def cohorts():
    study, block = bytes([1]) * 32, bytes(range(32))
    seed = digest("committee/sample", study, u64(2), block)
    everybody = [owner(i) for i in range(1, 31)]
    contexts = [bytes([3]) * 32, bytes([4]) * 32]
    contexts_digest = digest("committee/mask-graph/contexts", *contexts)
    message = digest("committee/mask-graph", study, u64(2), u64(3), u32(4), contexts_digest)
    beacon, count, corrupt = bytes(range(96)), 100, 10
    degree, stay = graph_params(count, corrupt)
    graph = neighbours(digest("mask-graph", beacon, contexts[0]), count, degree)
    return {
        "committee_sizes": [
            {"owners": n, "max_corrupt_bps": bps, "size": committee_size(n, bps)}
            for n in (3, 16, 17, 50, 64, 100, 200, 256, 1000)
            for bps in (0, 500, 1000, 2000, 3333)
        ],
        "sample": {
            "study": study,
            "epoch": 2,
            "block_hash": block,
            "seed": seed,
            "owners": everybody,
            "size": 17,
            "sample": sorted(shuffle(seed, everybody)[:17]),
        },
        "graph_params": [
            {"owners": n, "corrupt": c, "params": list(graph_params(n, c) or ())}
            for n, c in ((64, 6), (65, 0), (65, 6), (100, 10), (100, 20), (150, 15), (256, 25), (256, 80))
        ],
        "message": {
            "study": study,
            "epoch": 2,
            "round": 3,
            "attempt": 4,
            "contexts": contexts,
            "contexts_digest": contexts_digest,
            "message": message,
        },
        "graph": {
            "owners": count,
            "corrupt": corrupt,
            "beacon": beacon,
            "context": contexts[0],
            "degree": degree,
            "min_online": stay,
            "neighbours": graph,
        },
    }

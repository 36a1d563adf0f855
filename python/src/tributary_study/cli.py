"""``tributary-study check FILE --x 8x13 --y 8``: checks a study's file without its source."""

from __future__ import annotations

import argparse
import sys

import torch

from tributary_study.checks import Study, StudyError, check


def _shape(text: str) -> tuple[int, ...]:
    try:
        shape = tuple(int(length) for length in text.split("x"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no shape: write 8x13, or 8x1x28x28") from None
    if any(length < 1 for length in shape):
        raise argparse.ArgumentTypeError(f"{text!r}: lengths are at least 1")
    return shape


def describe(study: Study) -> str:
    """A study in words."""
    methods = ", ".join(("forward", "loss", *study.methods))
    return (
        f"sha256 {study.digest}\n{study.size} bytes; {methods}\n"
        f"{study.coordinates} coordinates are summed: {study.parameters} of parameters, {study.buffers} of statistics"
    )


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="tributary-study", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    checking = commands.add_parser("check", help="check a study's file on random data of the given shapes")
    checking.add_argument("file")
    checking.add_argument("--x", type=_shape, required=True, help="shape of x, rows first, for example 8x13")
    checking.add_argument("--y", type=_shape, required=True, help="shape of y, rows first, for example 8")
    checking.add_argument("--seed", type=int, default=0)
    parsed = parser.parse_args(arguments)
    torch.manual_seed(parsed.seed)
    # Labels of 0 and 1 suit classification, event indicators and regression alike.
    batch = (torch.rand(parsed.x), torch.rand(parsed.y).round())
    try:
        print(describe(check(parsed.file, batch)))
    except (StudyError, OSError) as error:
        print(f"{parsed.file}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

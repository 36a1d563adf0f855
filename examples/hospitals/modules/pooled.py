"""Exports the module of a study, and trains it in plain PyTorch on all owners' rows in one place.

    python pooled.py study.toml --model cox --train a.csv b.csv --test holdout.csv

The module is written where the study file names it, with the values that both trainings start from. Prints the losses as
JSON. Needs PyTorch and Python 3.11 or later; nothing here is used by an owner, and nothing of Tributary trains here.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import sys
import tomllib
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

PYTHON = Path(__file__).resolve().parents[3] / "python"
sys.path[:0] = [str(PYTHON / "src"), str(PYTHON / "examples")]
import cnn  # noqa: E402
import cox  # noqa: E402
import tributary_study  # noqa: E402


def table(paths: list[Path], study: dict[str, Any]) -> tuple[Tensor, Tensor]:
    """Rows of CSV files: a column per number and per category, and the labels."""
    rows = [row for path in paths for row in csv.DictReader(path.open())]
    inputs = []
    for feature in study["features"]:
        cells = [row[feature["column"]] for row in rows]
        if "categories" in feature:
            inputs += [[float(cell == word) for cell in cells] for word in feature["categories"]]
        else:
            inputs.append([float(cell) for cell in cells])
    labels = []
    for label in [study["label"], *study.get("further_labels", [])]:
        numbers = [float(row[label["column"]]) for row in rows]
        above = label.get("positive_above")
        labels.append(numbers if above is None else [float(number > above) for number in numbers])
    y = torch.tensor(labels).T
    return torch.tensor(inputs, dtype=torch.float64).T, y.squeeze(1) if y.shape[1] == 1 else y


def images(paths: list[Path]) -> tuple[Tensor, Tensor]:
    """The tensors x and y of safetensors files: eight bytes of length, a JSON header, the bytes."""

    def tensors(path: Path) -> list[Tensor]:
        data = path.read_bytes()
        start = 8 + int.from_bytes(data[:8], "little")
        header = json.loads(data[8:start])
        places = [(header[name], *header[name]["data_offsets"]) for name in ("x", "y")]
        return [
            torch.tensor(list(data[start + begin : start + end]), dtype=torch.float64).reshape(entry["shape"])
            for entry, begin, end in places
        ]

    files = [tensors(path) for path in paths]
    return torch.cat([x for x, _ in files]) / 255, torch.cat([y for _, y in files]).float()


def standardised(x: Tensor, by: Tensor) -> Tensor:
    """By the mean and the deviation of each column, or of each channel of images."""
    over = [side for side in range(by.dim()) if side != 1]
    mean, deviation = by.mean(over, keepdim=True), by.std(over, correction=0, keepdim=True)
    return ((x - mean) / deviation).float()


def batches(rows: int, size: int, generator: torch.Generator) -> list[Tensor]:
    """All rows in a new order; a last batch of one joins the one before."""
    order = torch.randperm(rows, generator=generator)
    parts = list(order.split(size))
    if len(parts) > 1 and len(parts[-1]) == 1:
        parts[-2:] = [torch.cat(parts[-2:])]
    return parts


def train(module: nn.Module, x: Tensor, y: Tensor, study: dict[str, Any], owners: int) -> int:
    """As many epochs as the study has. A step sees as many rows as a step of all owners together. Gives the steps."""
    training = study["training"]
    generator = torch.Generator().manual_seed(training.get("seed", 0))
    rate = training["learning_rate"]
    optimizer = torch.optim.SGD(module.parameters(), lr=rate, weight_decay=training.get("weight_decay", 0.0))
    size, steps = training.get("batch_size", 0) * owners or len(x), 0
    module.train()
    for _ in range(study["rounds"] * training["local_epochs"]):
        for batch in batches(len(x), size, generator):
            optimizer.zero_grad()
            module.loss(x[batch], y[batch]).backward()
            optimizer.step()
            steps += 1
    return steps


def loss(module: nn.Module, x: Tensor, y: Tensor) -> float:
    """On all rows at once, as for evaluation."""
    module.eval()
    with torch.no_grad():
        value = float(module.loss(x, y))
    if not math.isfinite(value):
        sys.exit("the loss is not finite: lower training.learning_rate")
    return value


def main() -> None:
    """Reads, exports, trains, measures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", type=Path)
    parser.add_argument("--model", choices=["cox", "cnn"], required=True)
    parser.add_argument("--train", type=Path, nargs="+", required=True, help="a file of each owner")
    parser.add_argument("--test", type=Path, required=True)
    args = parser.parse_args()
    study = tomllib.loads(args.study.read_text())
    torch.set_num_threads(1)
    torch.manual_seed(study["training"].get("seed", 0))

    read = images if "image" in study else lambda paths: table(paths, study)
    (raw, y), (raw_test, y_test) = read(args.train), read([args.test])
    x, x_test = standardised(raw, raw), standardised(raw_test, raw)
    module = cox.Cox(x.shape[1]) if args.model == "cox" else cnn.Cnn()
    tributary_study.export(module, (x[:64], y[:64]), args.study.parent / study["module"])
    before = loss(module, x, y)
    steps = train(module, x, y, study, len(args.train))
    losses = {"before": before, "train": loss(module, x, y), "test": loss(module, x_test, y_test)}
    print(json.dumps({"rows": len(x), "steps": steps, **losses}))


if __name__ == "__main__":
    main()

"""Makes the modules that the Rust tests load: `python client/tests/modules/make.py`, with python/ installed.

The first six are what a researcher would bring; the others are hostile, and are therefore not checked here.
"""

from pathlib import Path
from typing import Dict
import io
import sys
import zipfile

import torch
from torch import Tensor, nn

import tributary_study

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[2] / "python/examples"))
import cnn  # noqa: E402
import cox  # noqa: E402
import lora  # noqa: E402


class Network(nn.Module):
    """Heart disease from 25 inputs: a perceptron whose statistics (BatchNorm) are federated."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(inputs, 8)
        self.norm = nn.BatchNorm1d(8)
        self.out = nn.Linear(8, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(torch.relu(self.norm(self.hidden(x)))).squeeze(-1)

    @torch.jit.export
    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        return nn.functional.binary_cross_entropy_with_logits(self.forward(x), y)

    @torch.jit.export
    def metrics(self, x: Tensor, y: Tensor) -> Dict[str, Tensor]:
        right = (self.forward(x) > 0) == (y > 0.5)
        return {"right": right.float().mean()}


class Line(nn.Module):
    """What the hostile ones have in common: three inputs, logistic regression."""

    def __init__(self) -> None:
        super().__init__()
        self.line = nn.Linear(3, 1)
        nn.init.zeros_(self.line.weight)
        nn.init.zeros_(self.line.bias)

    def forward(self, x: Tensor) -> Tensor:
        return self.line(x).squeeze(-1)

    @torch.jit.export
    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        return nn.functional.binary_cross_entropy_with_logits(self.forward(x), y)


class ReadsFile(Line):
    @torch.jit.export
    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        read = torch.from_file("/etc/passwd", False, 4, dtype=torch.uint8)
        return self.line(x).mean() + read.float().mean()


class WritesFile(Line):
    @torch.jit.export
    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        kept = torch.from_file("/tmp/tributary-module-was-here", True, 4, dtype=torch.uint8)
        kept.fill_(65)
        # What nothing comes of is left out of the program.
        return self.line(x).mean() + kept.float().mean()


class SavesFile(Line):
    @torch.jit.export
    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        torch.save(x, "/tmp/tributary-module-was-here")
        return self.line(x).mean()


class EatsMemory(Line):
    @torch.jit.export
    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        return self.line(x).mean() + torch.ones(1 << 33).mean()


class NeverEnds(Line):
    @torch.jit.export
    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        total = self.line(x).mean()
        while bool(torch.isfinite(total)):
            total = total * 0.5
        return total


class Tells(Line):
    """Says a row where it fails."""

    @torch.jit.export
    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        if self.training:
            raise ValueError("a row: " + str(float(x[0][0])))
        return nn.functional.binary_cross_entropy_with_logits(self.forward(x), y)


class Drifts(Line):
    """BatchNorm, written without the exporter: nobody could federate its statistics."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(3)
        nn.init.ones_(self.line.weight)

    def forward(self, x: Tensor) -> Tensor:
        return self.line(self.norm(x)).squeeze(-1)


class Drops(Line):
    """Random in training: the job's seed decides."""

    def forward(self, x: Tensor) -> Tensor:
        return self.line(nn.functional.dropout(x, 0.5, self.training)).squeeze(-1)


def write(name: str, data: bytes) -> None:
    """A smaller archive: without the source lines that errors would point to."""
    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            if not entry.filename.endswith(".debug_pkl"):
                target.writestr(zipfile.ZipInfo(entry.filename), source.read(entry), zipfile.ZIP_DEFLATED)
    (HERE / f"{name}.pt").write_bytes(kept.getvalue())


def main() -> None:
    """Writes all of them beside this file."""
    torch.manual_seed(1)
    generator = torch.Generator().manual_seed(2)
    x = torch.randn(16, 25, generator=generator)
    print(tributary_study.export(Network(25), (x, (x[:, 0] > 0).float()), HERE / "network.pt"))
    print(tributary_study.export(Line(), (x[:, :3], (x[:, 0] > 0).float()), HERE / "line.pt"))
    print(tributary_study.export(cox.Cox(5), cox.example(), HERE / "cox.pt"))
    print(tributary_study.export(cnn.Cnn(), cnn.example(), HERE / "cnn.pt"))
    # For the comparisons of `cargo xtask accuracy`.
    digits = cnn.Cnn(statistics=False)
    print(tributary_study.export(digits, cnn.example(), HERE / "digits.pt"))
    print(tributary_study.export(lora.Adapted(lora.foundation()), lora.example(), HERE / "lora.pt"))
    for name in ("network", "line", "cox", "cnn", "digits", "lora"):
        write(name, (HERE / f"{name}.pt").read_bytes())
    for module in (ReadsFile(), WritesFile(), SavesFile(), EatsMemory(), NeverEnds(), Tells(), Drifts(), Drops()):
        name = "".join("_" + c.lower() if c.isupper() else c for c in type(module).__name__).strip("_")
        buffer = io.BytesIO()
        torch.jit.save(torch.jit.script(module), buffer)
        write(name, buffer.getvalue())


if __name__ == "__main__":
    main()

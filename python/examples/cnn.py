"""A small convolutional network for digits, with BatchNorm: its running statistics are federated too. Or with GroupNorm,
which has none: then any rule of the server may move it."""

from typing import Dict
import sys

import torch
from torch import Tensor, nn

import tributary_study


class Cnn(nn.Module):
    def __init__(self, classes: int = 10, statistics: bool = True) -> None:
        super().__init__()

        def norm(channels: int) -> nn.Module:
            return nn.BatchNorm2d(channels) if statistics else nn.GroupNorm(4, channels)

        self.features = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1),
            norm(8),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 3, padding=1),
            norm(16),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(2),
            nn.Flatten(),
        )
        self.classes = nn.Linear(64, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.classes(self.features(x))

    @torch.jit.export
    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        return nn.functional.cross_entropy(self.forward(x), y.long())

    @torch.jit.export
    def metrics(self, x: Tensor, y: Tensor) -> Dict[str, Tensor]:
        right = self.forward(x).argmax(dim=1) == y.long()
        return {"accuracy": right.float().mean()}


def example(rows: int = 16, side: int = 8, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Noise of the right shape."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.rand(rows, 1, side, side, generator=generator)
    return x, torch.randint(0, 10, (rows,), generator=generator).float()


if __name__ == "__main__":
    print(tributary_study.export(Cnn(), example(), sys.argv[1] if len(sys.argv) > 1 else "cnn.pt"))

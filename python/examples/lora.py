"""A network that was trained elsewhere, adapted to the owners' rows by few numbers: its layers stay as they are, and each gets
a sum of low rank (Hu et al., LoRA, 2021). Only what is trained travels: of this network 499 numbers, where all of its layers have 5,889."""

import sys

import torch
from torch import Tensor, nn

import tributary_study


class LowRank(nn.Module):
    """A layer that stays, and the product of two thin matrices. The second starts at 0: at first nothing is changed."""

    def __init__(self, layer: nn.Linear, rank: int) -> None:
        super().__init__()
        self.layer = layer.requires_grad_(False)
        self.down = nn.Linear(layer.in_features, rank, bias=False)
        self.up = nn.Linear(rank, layer.out_features, bias=False)
        nn.init.zeros_(self.up.weight)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x) + self.up(self.down(x))


class Adapted(nn.Module):
    """A perceptron for two classes: hidden layers of low rank, and a new last layer."""

    def __init__(self, hidden: list[nn.Linear], rank: int = 2) -> None:
        super().__init__()
        self.hidden = nn.ModuleList([LowRank(layer, rank) for layer in hidden])
        self.out = nn.Linear(hidden[-1].out_features, 1)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.hidden:
            x = torch.relu(layer(x))
        return self.out(x).squeeze(-1)

    @torch.jit.export
    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        return nn.functional.binary_cross_entropy_with_logits(self.forward(x), y)


def foundation(inputs: int = 25, width: int = 64) -> list[nn.Linear]:
    """Stands for the hidden layers of a network of yours: load them from where you have them."""
    return [nn.Linear(inputs, width), nn.Linear(width, width)]


def example(rows: int = 16, inputs: int = 25, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Noise of the right shape."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(rows, inputs, generator=generator)
    return x, (x[:, 0] > 0).float()


if __name__ == "__main__":
    path = sys.argv[1] if len(sys.argv) > 1 else "lora.pt"
    print(tributary_study.export(Adapted(foundation()), example(), path))

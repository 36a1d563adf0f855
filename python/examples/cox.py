"""A Cox proportional-hazards model: its loss is none of the built-in ones.

``y`` has two columns: the time until the event or the end of observation, and 1 where the event happened, else 0.
The loss is Breslow's negative log partial likelihood (Breslow, Biometrics 30, 1974) per event.
"""

import sys

import torch
from torch import Tensor, nn

import tributary_study


class Cox(nn.Module):
    def __init__(self, features: int) -> None:
        super().__init__()
        self.risk = nn.Linear(features, 1, bias=False)
        nn.init.zeros_(self.risk.weight)

    def forward(self, x: Tensor) -> Tensor:
        return self.risk(x).squeeze(-1)

    @torch.jit.export
    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        time, event = y[:, 0], y[:, 1]
        risk = self.forward(x)
        # Row i, column j: is j still at risk when i's event happens?
        at_risk = time.unsqueeze(0) >= time.unsqueeze(1)
        every = risk.unsqueeze(0).expand(at_risk.shape[0], -1)
        total = torch.logsumexp(every.masked_fill(~at_risk, float("-inf")), dim=1)
        return ((total - risk) * event).sum() / event.sum().clamp(min=1.0)


def example(rows: int = 64, features: int = 5, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Made-up patients whose hazard grows with their first feature."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(rows, features, generator=generator)
    time = torch.empty(rows).exponential_(generator=generator) / torch.exp(x[:, 0])
    censored = torch.empty(rows).exponential_(0.5, generator=generator)
    y = torch.stack([torch.minimum(time, censored), (time <= censored).float()], dim=1)
    return x, y


if __name__ == "__main__":
    print(tributary_study.export(Cox(5), example(), sys.argv[1] if len(sys.argv) > 1 else "cox.pt"))

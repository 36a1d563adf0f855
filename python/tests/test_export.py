"""Modules that owners can train are exported; others are refused with what to change."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import tributary_study
from tributary_study import StudyError
from tributary_study.cli import main

sys.path.insert(0, str(Path(__file__).parent.parent / "examples"))
import cnn  # noqa: E402
import cox  # noqa: E402
import lora  # noqa: E402


def batch(rows: int = 8, features: int = 3) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(rows, features, generator=generator), torch.randn(rows, generator=generator)


class Regression(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.line = nn.Linear(3, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.line(x).squeeze(-1)

    @torch.jit.export
    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        return nn.functional.mse_loss(self.forward(x), y)


def refused(module: nn.Module, path: Path, example: Any = None) -> str:
    with pytest.raises(StudyError) as error:
        tributary_study.export(module, example if example is not None else batch(), path / "study.pt")
    assert not list(path.iterdir()), "nothing is written for a module that is refused"
    return str(error.value)


def test_a_regression_is_exported(tmp_path: Path) -> None:
    path = tmp_path / "study.pt"
    study = tributary_study.export(Regression(), batch(), path)
    assert (study.parameters, study.buffers, study.methods) == (4, 0, ())
    assert study == tributary_study.check(path, batch())
    assert [entry.name for entry in tmp_path.iterdir()] == ["study.pt"]


def test_the_exported_module_trains_to_the_same_parameters(tmp_path: Path) -> None:
    torch.manual_seed(3)
    module = cox.Cox(5)
    x, y = cox.example()
    tributary_study.export(module, (x, y), tmp_path / "cox.pt")
    loaded = torch.jit.load(str(tmp_path / "cox.pt"))
    for trained in (module, loaded):
        optimizer = torch.optim.SGD(trained.parameters(), lr=0.1)
        for _ in range(20):
            optimizer.zero_grad()
            trained.loss(x, y).backward()
            optimizer.step()
    assert torch.allclose(module.risk.weight, loaded.risk.weight, atol=1e-6)
    assert module.risk.weight[0, 0] > 0.3, "hazard grows with the first feature"


def test_cox_loss_is_breslows() -> None:
    # By hand: events at times 1 and 2 with risk scores 0.5 and -0.2, one censored at 3 with 0.1.
    model = cox.Cox(1)
    with torch.no_grad():
        model.risk.weight.fill_(1.0)
    x = torch.tensor([[0.5], [-0.2], [0.1]])
    y = torch.tensor([[1.0, 1.0], [2.0, 1.0], [3.0, 0.0]])
    exp = torch.exp(x.squeeze())
    expected = ((exp.sum().log() - 0.5) + ((exp[1] + exp[2]).log() + 0.2)) / 2
    assert torch.allclose(model.loss(x, y), expected)


def test_running_statistics_are_federated(tmp_path: Path) -> None:
    module, example = cnn.Cnn(), cnn.example()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    study = tributary_study.export(module, example, tmp_path / "cnn.pt")
    assert study.buffers == 2 * (8 + 16)
    assert study.methods == ("metrics",)
    after = module.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before), "the given module is left alone"
    loaded = torch.jit.load(str(tmp_path / "cnn.pt"))
    flat = loaded.federated_buffers()
    assert torch.equal(flat, torch.cat([torch.zeros(8), torch.ones(8), torch.zeros(16), torch.ones(16)]))
    loaded.load_federated_buffers(torch.arange(48.0))
    assert torch.equal(dict(loaded.named_buffers())["features.1.running_var"], torch.arange(8.0, 16.0))
    loaded.train()
    loaded.loss(*example)
    assert not torch.equal(loaded.federated_buffers(), torch.arange(48.0))


def test_a_scripted_file_whose_statistics_are_not_federated_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plain.pt"
    torch.jit.save(torch.jit.script(cnn.Cnn()), str(path))
    with pytest.raises(StudyError, match="running_mean.*tributary_study.export"):
        tributary_study.check(path, cnn.example())


class NoLoss(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.line = nn.Linear(3, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.line(x)


class LossOfOne(NoLoss):
    @torch.jit.export
    def loss(self, x: Tensor) -> Tensor:
        return self.line(x).mean()


class LossPerRow(NoLoss):
    @torch.jit.export
    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        return self.line(x).squeeze(-1) - y


class Detached(NoLoss):
    @torch.jit.export
    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        return self.line(x).detach().mean()


class Unused(Regression):
    def __init__(self) -> None:
        super().__init__()
        self.spare = nn.Linear(2, 2)


class Infinite(NoLoss):
    @torch.jit.export
    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        return self.line(x).mean() / 0.0


class Counting(Regression):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("seen", torch.zeros(1, dtype=torch.int64))

    @torch.jit.export
    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        self.seen += 1
        return nn.functional.mse_loss(self.forward(x), y)


class Clashing(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a_b = nn.Parameter(torch.zeros(3))
        self.a = nn.Module()
        self.a.b = nn.Parameter(torch.zeros(3))

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.a_b + x @ self.a.b

    @torch.jit.export
    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        return (self.forward(x) - y).square().mean()


class Tied(Regression):
    def __init__(self) -> None:
        super().__init__()
        self.other = nn.Linear(3, 1)
        self.other.weight = self.line.weight

    def forward(self, x: Tensor) -> Tensor:
        return (self.line(x) + self.other(x)).squeeze(-1)


class Pooled(Regression):
    def forward(self, x: Tensor) -> Tensor:
        return self.line(x).mean()


def frozen() -> nn.Module:
    module = Regression()
    module.requires_grad_(False)
    return module


@pytest.mark.parametrize(
    ("module", "why"),
    [
        (NoLoss(), "no method loss"),
        (LossOfOne(), r"loss must take (x: Tensor, y: Tensor)"),
        (LossPerRow(), "loss must give a tensor with one number"),
        (Detached(), "does not depend on any parameter"),
        (Unused(), "does not depend on spare.weight"),
        (Infinite(), "loss is inf"),
        (Counting(), "seen, which are no real numbers"),
        (Clashing(), "can't be told apart"),
        (Tied(), "are one parameter"),
        (Pooled(), "a row for each of the 8 rows"),
        (frozen(), "no parameter that can be trained"),
        (Regression().double(), "only float32"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, nn.Module) else None,
)
def test_what_owners_could_not_train_is_refused(module: nn.Module, why: str, tmp_path: Path) -> None:
    message = refused(module, tmp_path)
    assert why in message or why.replace("inf", "-inf") in message


@pytest.mark.parametrize(
    ("example", "why"),
    [
        (torch.zeros(2, 3), "pair of tensors"),
        ((torch.zeros(2, 3), torch.zeros(3)), "2 rows and y has 3"),
        ((torch.zeros(1, 3), torch.zeros(1)), "at least two rows"),
        ((torch.zeros(2, 3), torch.zeros(2, dtype=torch.int64)), "y is torch.int64"),
        ((torch.zeros(2, 4), torch.zeros(2)), "fails on the example batch"),
    ],
)
def test_example_batches_that_say_nothing_are_refused(example: Any, why: str, tmp_path: Path) -> None:
    assert why in refused(Regression(), tmp_path, example)


def test_a_frozen_part_is_not_summed(tmp_path: Path) -> None:
    module = cnn.Cnn()
    module.features.requires_grad_(False)
    study = tributary_study.export(module, cnn.example(), tmp_path / "cnn.pt")
    assert study.parameters == 64 * 10 + 10


def test_of_a_network_with_low_rank_layers_only_these_and_the_last_are_summed(tmp_path: Path) -> None:
    hidden = lora.foundation()
    module, (x, y) = lora.Adapted(hidden), lora.example()
    study = tributary_study.export(module, (x, y), tmp_path / "lora.pt")
    assert study.parameters == (25 + 64) * 2 + (64 + 64) * 2 + 64 + 1
    assert sum(parameter.numel() for parameter in module.parameters()) == 5889 + 434
    # Nothing is changed yet: the layers answer as they did.
    answer = module.out(hidden[1](hidden[0](x).relu()).relu()).squeeze(-1)
    assert torch.equal(module(x), answer)


def test_the_command_checks_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "study.pt"
    study = tributary_study.export(Regression(), batch(), path)
    assert main(["check", str(path), "--x", "8x3", "--y", "8"]) == 0
    assert study.digest in capsys.readouterr().out
    assert main(["check", str(path), "--x", "8x4", "--y", "8"]) == 1
    assert "fails on the example batch" in capsys.readouterr().err
    path.write_bytes(b"no archive")
    assert main(["check", str(path), "--x", "8x3", "--y", "8"]) == 1
    assert "not TorchScript" in capsys.readouterr().err
    assert main(["check", str(tmp_path / "none.pt"), "--x", "8x3", "--y", "8"]) == 1


def test_the_same_module_gives_the_same_file(tmp_path: Path) -> None:
    torch.manual_seed(5)
    module = Regression()
    one = tributary_study.export(module, batch(), tmp_path / "one.pt")
    two = tributary_study.export(module, batch(), tmp_path / "two.pt")
    assert one.digest == two.digest
    buffer = io.BytesIO((tmp_path / "one.pt").read_bytes())
    assert torch.jit.load(buffer).loss(*batch()).item() == module.loss(*batch()).item()

"""What a study module must be, checked the way an owner's trainer will use it."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

Batch = tuple[Tensor, Tensor]

REQUIRED: dict[str, int] = {"forward": 1, "loss": 2}
OPTIONAL: dict[str, int] = {"metrics": 2, "eval_loss": 2}
# Added by `export`: how the trainer reads and writes statistics that training changes without a gradient.
READ_BUFFERS = "federated_buffers"
WRITE_BUFFERS = "load_federated_buffers"


class StudyError(ValueError):
    """A module that owners could not train. The message says what to change."""


@dataclass(frozen=True)
class Study:
    """What a study's plan says of its module."""

    #: SHA-256 of the file, hex: owners refuse any other.
    digest: str
    #: Bytes of the file.
    size: int
    #: Coordinates of the parameters, in the order of ``named_parameters``.
    parameters: int
    #: Coordinates of the federated statistics (BatchNorm's running mean and variance).
    buffers: int
    #: Methods beyond forward and loss.
    methods: tuple[str, ...]

    @property
    def coordinates(self) -> int:
        """Length of the vector that a round sums."""
        return self.parameters + self.buffers


def check(path: str | Path, example_batch: Batch) -> Study:
    """Loads a module as an owner will, trains it for two steps on the example, and says what it is.

    :param path: a TorchScript file, as `export` writes it.
    :param example_batch: ``(x, y)`` of the shapes that the study's data will have, at least two rows.
    :raises StudyError: if owners could not train it.
    """
    data = Path(path).read_bytes()
    return check_bytes(data, example_batch)


def check_bytes(data: bytes, example_batch: Batch) -> Study:
    """`check` for a file that is in memory."""
    x, y = check_batch(example_batch)
    methods, parameters = check_interface(data)
    buffers = _check_buffers(data, x, y)
    _check_outputs(load(data), x, y, methods)
    _check_training(data, x, y)
    return Study(hashlib.sha256(data).hexdigest(), len(data), parameters, buffers, methods)


def check_interface(data: bytes) -> tuple[tuple[str, ...], int]:
    """What can be said without running the module: its optional methods, and how many coordinates are trained."""
    module = load(data)
    for name, arity in REQUIRED.items():
        if not has_method(module, name):
            raise StudyError(f"the module has no method {name}: add one, and export it with @torch.jit.export")
        _check_arity(module, name, arity)
    methods = tuple(name for name in OPTIONAL if has_method(module, name))
    for name in methods:
        _check_arity(module, name, OPTIONAL[name])
    return methods, _check_parameters(module)


def check_batch(batch: Any) -> Batch:
    """The batch, if it is ``(x, y)`` in float32 with the same number of rows, two or more."""
    if not (isinstance(batch, tuple) and len(batch) == 2 and all(isinstance(part, Tensor) for part in batch)):
        raise StudyError("example_batch must be a pair of tensors (x, y)")
    x, y = batch
    for name, part in (("x", x), ("y", y)):
        if part.dtype != torch.float32:
            raise StudyError(f"{name} is {part.dtype}: owners hand in float32, so convert inside the module")
        if part.dim() == 0:
            raise StudyError(f"{name} has no rows: its first dimension counts them")
    if x.shape[0] != y.shape[0]:
        raise StudyError(f"x has {x.shape[0]} rows and y has {y.shape[0]}")
    if x.shape[0] < 2:
        raise StudyError("give at least two rows: some losses are undefined on one")
    return x, y


def has_method(module: Any, name: str) -> bool:
    """Whether a scripted module has a method of this name."""
    return bool(module._c._has_method(name))


def changed_buffers(data: bytes, x: Tensor, y: Tensor) -> list[str]:
    """Names of the buffers that a training pass changes."""
    module = load(data)
    module.train()
    before = {name: buffer.clone() for name, buffer in module.named_buffers()}
    _call(module, "loss", x, y)
    return [name for name, buffer in module.named_buffers() if not torch.equal(before[name], buffer)]


def load(data: bytes) -> Any:
    """A file's module, on the CPU."""
    try:
        return torch.jit.load(io.BytesIO(data), map_location="cpu")  # type: ignore[no-untyped-call]
    except RuntimeError as error:
        raise StudyError(f"the file is not TorchScript: write it with tributary_study.export ({error})") from error


def _check_arity(module: Any, name: str, arity: int) -> None:
    arguments = getattr(module, name).schema.arguments[1:]
    if len(arguments) != arity or any(str(argument.type) != "Tensor" for argument in arguments):
        expected = ", ".join(["x: Tensor", "y: Tensor"][:arity])
        raise StudyError(f"{name} must take ({expected})")


def _check_parameters(module: Any) -> int:
    parameters = list(module.named_parameters())
    if not any(parameter.requires_grad for _, parameter in parameters):
        raise StudyError("the module has no parameter that can be trained")
    names: dict[str, str] = {}
    for name, parameter in parameters:
        if parameter.dtype != torch.float32:
            raise StudyError(f"parameter {name} is {parameter.dtype}: only float32 is summed; call module.float()")
        if not bool(torch.isfinite(parameter).all()):
            raise StudyError(f"parameter {name} is not finite at the start")
        # libtorch's store of variables allows no dots.
        flat = name.replace(".", "_")
        if flat in names:
            raise StudyError(f"parameters {names[flat]} and {name} can't be told apart: rename one")
        names[flat] = name
    places: dict[int, str] = {}
    # Both names of a tied parameter, where named_parameters would give one.
    for name, parameter in module.named_parameters(remove_duplicate=False):
        if parameter.numel() > 0 and places.setdefault(parameter.data_ptr(), name) != name:
            tied = places[parameter.data_ptr()]
            raise StudyError(f"{tied} and {name} are one parameter: owners would sum it twice; give each its own values")
    return sum(parameter.numel() for _, parameter in parameters if parameter.requires_grad)


def _check_buffers(data: bytes, x: Tensor, y: Tensor) -> int:
    module = load(data)
    if not has_method(module, READ_BUFFERS):
        changed = changed_buffers(data, x, y)
        if changed:
            raise StudyError(
                f"training changes {', '.join(changed)}, which are no parameters: owners' copies would drift apart. "
                "Write the file with tributary_study.export, which federates such statistics, or use a layer "
                "without them (GroupNorm, LayerNorm)"
            )
        return 0
    flat = _call(module, READ_BUFFERS)
    if not isinstance(flat, Tensor) or flat.dim() != 1 or flat.dtype != torch.float32:
        raise StudyError(f"{READ_BUFFERS} must give one float32 vector: write the file with tributary_study.export")
    _call(module, WRITE_BUFFERS, flat + 1)
    if not torch.allclose(_call(module, READ_BUFFERS), flat + 1):
        raise StudyError(f"{WRITE_BUFFERS} does not write what {READ_BUFFERS} reads")
    return flat.numel()


def _check_outputs(module: Any, x: Tensor, y: Tensor, methods: tuple[str, ...]) -> None:
    module.eval()
    with torch.no_grad():
        predictions = _call(module, "forward", x)
        if not isinstance(predictions, Tensor) or predictions.shape[:1] != x.shape[:1]:
            raise StudyError(f"forward must give a tensor with a row for each of the {x.shape[0]} rows of x")
        for name in ("loss", "eval_loss"):
            if name == "loss" or name in methods:
                _check_scalar(name, _call(module, name, x, y))
        if "metrics" in methods:
            metrics = _call(module, "metrics", x, y)
            if not isinstance(metrics, dict):
                raise StudyError("metrics must give a Dict[str, Tensor]")
            for name, value in metrics.items():
                _check_scalar(f"metrics[{name!r}]", value)


def _check_scalar(name: str, value: Any) -> None:
    if not isinstance(value, Tensor) or value.numel() != 1:
        raise StudyError(f"{name} must give a tensor with one number")
    if not bool(torch.isfinite(value).all()):
        raise StudyError(f"{name} is {value.item()} on the example batch")


def _check_training(data: bytes, x: Tensor, y: Tensor) -> None:
    module = load(data)
    module.train()
    trained = [(name, parameter) for name, parameter in module.named_parameters() if parameter.requires_grad]
    optimizer = torch.optim.SGD([parameter for _, parameter in trained], lr=1e-4)
    for _ in range(2):
        optimizer.zero_grad()
        loss = _call(module, "loss", x, y)
        if not loss.requires_grad:
            raise StudyError("loss does not depend on any parameter: is something detached?")
        loss.backward()
        still = [name for name, parameter in trained if parameter.grad is None]
        if still:
            raise StudyError(f"loss does not depend on {', '.join(still)}: freeze it (requires_grad=False) or use it")
        for name, parameter in trained:
            if parameter.grad is not None and not bool(torch.isfinite(parameter.grad).all()):
                raise StudyError(f"the gradient of {name} is not finite on the example batch")
        optimizer.step()


def _call(module: Any, name: str, *arguments: Tensor) -> Any:
    try:
        return getattr(module, name)(*arguments)
    except (RuntimeError, torch.jit.Error) as error:
        raise StudyError(f"{name} fails on the example batch: {error}") from error

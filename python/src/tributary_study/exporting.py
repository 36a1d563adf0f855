"""From a PyTorch module to a study's file."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import torch
from torch import nn

from tributary_study.checks import (
    READ_BUFFERS,
    WRITE_BUFFERS,
    Batch,
    Study,
    StudyError,
    changed_buffers,
    check_batch,
    check_bytes,
    check_interface,
    load,
)


def export(module: nn.Module, example_batch: Batch, path: str | Path) -> Study:
    """Scripts a module, checks it as an owner will use it, and writes it.

    Statistics that training changes without a gradient (BatchNorm's running mean and variance) become part of what the
    round sums: the file gets two methods that read and write them as one vector. Counters of whole numbers
    (``num_batches_tracked``) stay with each owner.

    The module itself is not changed.

    :param module: has ``forward(x)`` and ``loss(x, y)``, the latter marked ``@torch.jit.export``.
    :param example_batch: ``(x, y)`` of the shapes that the study's data will have, at least two rows.
    :param path: the file to write; it is replaced whole or not at all.
    :returns: what the study's plan says of the module.
    :raises StudyError: if owners could not train it; the message says what to change.
    """
    x, y = check_batch(example_batch)
    if not isinstance(module, nn.Module):
        raise StudyError("module must be a torch.nn.Module")
    scripted = _script(module)
    data = _bytes(scripted)
    check_interface(data)
    federated = _federated(scripted, changed_buffers(data, x, y))
    if federated:
        # On a copy that was loaded anew: the given module keeps its methods.
        scripted = load(data)
        scripted = _with_buffer_methods(scripted, federated)
        data = _bytes(scripted)
    study = check_bytes(data, (x, y))
    _write(Path(path), data)
    return study


def _script(module: nn.Module) -> Any:
    try:
        scripted = torch.jit.script(module)
    except Exception as error:  # torch.jit raises whatever the module's source leads to
        raise StudyError(f"the module can't be scripted: {error}") from error
    return scripted


def _bytes(scripted: Any) -> bytes:
    buffer = io.BytesIO()
    torch.jit.save(scripted, buffer)
    return buffer.getvalue()


def _federated(scripted: Any, changed: list[str]) -> list[tuple[str, tuple[int, ...]]]:
    """Changed statistics with their shapes, in the module's order."""
    federated = []
    for name, buffer in scripted.named_buffers():
        if name not in changed or not buffer.is_floating_point():
            continue
        if buffer.dtype != torch.float32:
            raise StudyError(f"buffer {name} is {buffer.dtype}: only float32 is summed; call module.float()")
        federated.append((name, tuple(buffer.shape)))
    counters = [name for name in changed if name not in dict(federated)]
    kept = [name for name in counters if not name.endswith("num_batches_tracked")]
    if kept:
        raise StudyError(f"training changes {', '.join(kept)}, which are no real numbers and can't be summed")
    return federated


def _with_buffer_methods(scripted: Any, federated: list[tuple[str, tuple[int, ...]]]) -> Any:
    reads, writes, start = [], [], 0
    for name, shape in federated:
        size = 1
        for length in shape:
            size *= length
        buffer = _attribute(name)
        reads.append(f"{buffer}.reshape(-1)")
        writes.append(f"    {buffer}.copy_(flat[{start}:{start + size}].reshape({list(shape)}))")
        start += size
    scripted.define(f"def {READ_BUFFERS}(self):\n    return torch.cat([{', '.join(reads)}])\n")
    scripted.define(f"def {WRITE_BUFFERS}(self, flat):\n" + "\n".join(writes) + "\n    return flat\n")
    return scripted


def _attribute(name: str) -> str:
    """TorchScript for a buffer: parts of a name may be numbers, as in ``features.1.running_mean``."""
    expression = "self"
    for part in name.split("."):
        expression = f'getattr({expression}, "{part}")'
    return expression


def _write(path: Path, data: bytes) -> None:
    part = path.with_name(path.name + ".part")
    part.write_bytes(data)
    os.replace(part, path)

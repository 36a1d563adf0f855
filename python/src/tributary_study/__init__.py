"""Brings a PyTorch module of your own into a Tributary study.

A study module is TorchScript with two methods::

    forward(x: Tensor) -> Tensor              # predictions for N rows
    loss(x: Tensor, y: Tensor) -> Tensor      # a scalar that training makes small

and, if you like, two more::

    metrics(x: Tensor, y: Tensor) -> Dict[str, Tensor]   # scalars to report
    eval_loss(x: Tensor, y: Tensor) -> Tensor            # what contributions are measured by, if it is not loss

``x`` is float32, N rows first: N x features for tables, N x C x H x W for images. ``y`` is float32, N rows first.
Owners never run Python: they load the file into libtorch, in a sandbox.
"""

from tributary_study.checks import Study, StudyError, check
from tributary_study.exporting import export

__all__ = ["Study", "StudyError", "check", "export"]

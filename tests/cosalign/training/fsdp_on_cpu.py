"""`cosalign.launch` with real FSDP on a CPU.

Accelerate takes FSDP's configuration for CPU processes and then makes them plain data parallel
(`AcceleratorState` lists the GPU kinds only). PyTorch itself shards over gloo: all that is missing
is the word.
"""

import sys
from typing import Any

import torch.distributed
from accelerate.state import AcceleratorState, PartialState
from accelerate.utils import DistributedType

from cosalign.launch import main

_init = AcceleratorState.__init__


def _with_fsdp(self: AcceleratorState, *args: Any, fsdp_plugin: Any = None, **kwargs: Any) -> None:
    _init(self, *args, fsdp_plugin=fsdp_plugin, **kwargs)
    if fsdp_plugin is not None and self.distributed_type == DistributedType.MULTI_CPU:
        self.distributed_type = DistributedType.FSDP
        PartialState._shared_state["distributed_type"] = DistributedType.FSDP
        self.fsdp_plugin = fsdp_plugin


if __name__ == "__main__":
    AcceleratorState.__init__ = _with_fsdp
    code = main()
    assert AcceleratorState().distributed_type == DistributedType.FSDP
    assert not torch.distributed.is_initialized()  # it would abort some of the processes
    sys.exit(code)

"""`cosalign.launch`, which fails unless DeepSpeed was what trained."""

import sys

import torch.distributed
from accelerate.state import AcceleratorState
from accelerate.utils import DistributedType

from cosalign.launch import main

if __name__ == "__main__":
    code = main()
    assert AcceleratorState().distributed_type == DistributedType.DEEPSPEED
    assert not torch.distributed.is_initialized()  # it would abort some of the processes
    sys.exit(code)

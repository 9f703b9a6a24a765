from .ask import ask_by_batch
from .commands import add_batch_verbs
from .options import BatchOptions
from .records import BatchRecord, batches_in, under_way

__all__ = [
    "BatchOptions",
    "BatchRecord",
    "add_batch_verbs",
    "ask_by_batch",
    "batches_in",
    "under_way",
]

"""Stages 8 and 9: fine-tuning (SFT) and preference training (DPO) on TRL."""

from cosalign.training.dpo import DpoParameters, dpo
from cosalign.training.sft import SftParameters, sft

__all__ = ["DpoParameters", "SftParameters", "dpo", "sft"]

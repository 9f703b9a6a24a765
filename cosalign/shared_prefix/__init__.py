"""Training on prompts that share a config: the tokens of the config are computed once for all of them."""

from cosalign.shared_prefix.forward import share_prefixes
from cosalign.shared_prefix.order import PrefixOrder, keep_order, order_by_prefix

__all__ = ["PrefixOrder", "keep_order", "order_by_prefix", "share_prefixes"]

"""Asking models on many machines by Ray Data: vLLM replicas of the cluster, or a served endpoint.

`ask_by_ray` is the counterpart of `scorers.asking.ask`: the same requests, answers and work folder.
`__init__.pyi` beside this file lists the public names; each is imported when it is first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""Requests of many samples go out together, in waves or streams, to the engine that a run names.

`__init__.pyi` beside this file lists the public names; each is imported when it is first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

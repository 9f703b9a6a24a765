"""A task run by the engine of `scorers.asking`, and written as the log that `inspect eval` writes.

`__init__.pyi` beside this file lists the public names; each is imported when it is first used, since
running takes Inspect, which `cosa --help` need not wait for.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

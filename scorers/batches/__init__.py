"""Batches of a provider: half the price, answered in up to a day, whoever waits for them.

`__init__.pyi` beside this file lists the public names; each is imported when it is first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

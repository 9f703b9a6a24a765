"""Private rounds: whether a log is a whole run of one, its entry, and the verbs of `cosa round`.

`__init__.pyi` beside this file lists the public names; each is imported when it is first used, since
reading logs takes Inspect, which `cosa --help` need not wait for.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

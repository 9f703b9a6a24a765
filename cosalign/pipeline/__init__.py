"""A recipe, and running its stages in order.

`__init__.pyi` beside this file lists the public names; each is imported when it is first used, so that
`cosalign --help` stays fast.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

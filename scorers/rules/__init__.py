"""Judging without a model: checks of a record, refusals.

`__init__.pyi` beside this file lists the public names; each is imported when it is first used, since
reading phrases takes longer than importing the rest of a task.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

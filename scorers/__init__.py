"""Judging responses: judges, verdicts, the CoSA-Score and its statistics.

`__init__.pyi` beside this file lists the public names; each is imported when it is first used.

    >>> from scorers import parse_compliance, parse_rating
    >>> parse_rating("It answers most of the question. Rating: [[4]]")
    4
    >>> parse_compliance("Nothing forbidden is said. [[YES]]")
    True
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

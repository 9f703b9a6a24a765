"""The data of the benchmarks: safety configs, prompts, risk categories, and how a conversation starts.

`__init__.pyi` beside this file lists the public names; each is imported when it is first used.

    >>> from cosapien import load_benchmark
    >>> benchmark = load_benchmark("contrast")
    >>> len(benchmark.records), len(benchmark.configs)
    (288, 12)
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

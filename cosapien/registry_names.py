"""Registry names that are the same for an installed wheel and an editable checkout.

Inspect prefixes a registered name with its package only if the package is in site-packages or is
a distribution of the same name. Six flat packages in one distribution are neither when installed
editable, so the prefix is added here: `tasks/cosapien`, `scorers/cosa_score`, `baselines/ideal`
then name the same thing everywhere.
"""

import inspect
from collections.abc import Callable
from typing import Any

from inspect_ai.util import registry_info


def registered_name(file: str, package: str, name: str) -> str:
    """The name to pass to a metric's decorator so that the registry contains `package/name`.

    A log names its metrics, and Inspect loads the package that the name's first part points to.

    Args:
        file: `__file__` of the defining module.
        package: The package the module belongs to.
        name: The object's own name.
    """
    return name if "site-packages" in file else f"{package}/{name}"


def register(package: str, decorator: Callable[..., Any], *objects: Callable[..., Any]) -> None:
    """Make task, solver or scorer functions findable as `package/name`.

    They keep their plain name too, which running them by file path needs.

    Args:
        package: The package they are provided by.
        decorator: The decorator they carry (`task`, `solver`, or `scorer` with its metrics).
        objects: The decorated functions.
    """
    for item in objects:
        if "/" not in registry_info(item).name:
            function = inspect.unwrap(item)
            decorator(name=f"{package}/{function.__name__}")(function)

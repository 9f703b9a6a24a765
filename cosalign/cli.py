"""`cosalign`: the stages of a recipe, and the safeguards around configs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from cosalign.safeguards.cli import add_safeguard_verbs
from cosapien import UserError


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        argv: Arguments; those of the process by default.

    Returns:
        0; 1 for an error; `review-config` returns 2 if a config is to be revised.
    """
    parser = argparse.ArgumentParser(prog="cosalign", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    add_safeguard_verbs(verbs)
    args = parser.parse_args(argv)
    try:
        code: int = args.run(args)
    except UserError as error:
        print(f"cosalign {args.verb}: {error}", file=sys.stderr)
        return 1
    return code


if __name__ == "__main__":
    sys.exit(main())

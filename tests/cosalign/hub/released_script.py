"""What `test_released` plays in a process of its own: the Hub's clients read their address on import."""

import json
import sys
from pathlib import Path

from cosalign.hub.released_pairs import ReleasedParameters, released
from cosapien import UserError


def main() -> None:
    """Load data sets into stages; print what came of each."""
    for number, (data, revision) in enumerate(json.loads(sys.argv[2])):
        out = Path(sys.argv[1]) / str(number)
        try:
            stage = released(ReleasedParameters(data=data, revision=revision), out=out)
        except UserError as error:
            print(json.dumps(str(error)))
            continue
        print(json.dumps({"counts": stage.manifest.counts, **stage.manifest.parameters}))


if __name__ == "__main__":
    main()

"""`python -m tasks.real_model` with another model: SOURCE.json, then the command's own arguments."""

import json
import sys
from pathlib import Path

from tasks.real_model.__main__ import main
from tasks.real_model.source import Source

if __name__ == "__main__":
    source = Source(**json.loads(Path(sys.argv[1]).read_text("utf-8")))
    sys.exit(main(sys.argv[2:], source))

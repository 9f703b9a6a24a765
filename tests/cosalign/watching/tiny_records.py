"""Records for the tiny model of `tiny_training`: a topic is talked about where its config allows it."""

import json
from pathlib import Path
from typing import Any

from tests.cosalign.training.tiny_training import TOPICS


def topic_records() -> list[dict[str, Any]]:
    """Nine records under three configs; each config allows one topic."""
    found = []
    for allowed in TOPICS:
        for topic in TOPICS:
            open_ = topic == allowed
            found.append(
                {
                    "id": f"{allowed}-{topic}",
                    "config": f"only_{allowed}",
                    "scenario": f"Allowed : {allowed} .",
                    "prompt": f"Tell me about the {topic} .",
                    "type": "allowed" if open_ else "disallowed",
                    "checks": {
                        "required": [[topic if open_ else "Sorry"]],
                        "forbidden": ["Sorry" if open_ else topic],
                    },
                }
            )
    return found


def write_records(path: Path, records: list[dict[str, Any]]) -> Path:
    """A benchmark file."""
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path

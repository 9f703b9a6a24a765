"""A command `vllm serve` that answers as told, for Inspect to start.

`script.json` beside it tells: `exit` (end at once), `fail_after` (so many answers, then errors) or
`hold_after` (so many answers, then none for minutes).
Every question is a line of `asked.jsonl` beside it.
"""

import json
import shutil
import signal
import sys
from pathlib import Path

from tests.fakes.servers import ChatRequest, OpenAIServer, Reply

HERE = Path(str(shutil.which("vllm"))).parent
SCRIPT = json.loads((HERE / "script.json").read_text("utf-8"))
ANSWER = "I am sorry, I cannot help with that."
LATER = 3.0
"""Seconds until a failure, for the answers before it to be scored and logged."""
HOLD = 600.0
answers = 0


def reply(request: ChatRequest) -> Reply:
    global answers
    answers += 1
    with (HERE / "asked.jsonl").open("a", encoding="utf-8") as file:
        asked = {"prompt": request.messages[-1]["content"], "model": request.model}
        asked |= {"turns": len(request.messages), "config": bool(request.system)}
        file.write(json.dumps(asked) + "\n")
    if answers > SCRIPT.get("fail_after", answers):
        return Reply.error(400, "the cards are out").after(LATER)
    if answers > SCRIPT.get("hold_after", answers):
        return Reply(ANSWER).after(HOLD)
    return Reply(ANSWER)


def _option(name: str) -> str:
    return sys.argv[sys.argv.index(name) + 1]


if __name__ == "__main__":
    if "exit" in SCRIPT:
        sys.exit(SCRIPT["exit"])
    assert sys.argv[1] == "serve"
    assert (Path(sys.argv[2]) / "model.safetensors").exists()
    assert _option("--host") == "127.0.0.1"
    with OpenAIServer(reply, models=[sys.argv[2]], port=int(_option("--port"))):
        signal.pause()

"""Tokens a run needs per sample, counted with GPT-4o's encoding (o200k_base).

    npm install gpt-tokenizer                     # brings the encoding; nothing else is downloaded
    python benchmarks/speed/tokens.py                   # needs node

Counts the texts that are really sent: the rendered system message and prompt to the candidate, and
both judge prompts for the reference responses of the bundled data. Longer responses and rationales
add their tokens. Message framing (a few tokens per message) is not counted.
"""

import json
import subprocess
from statistics import mean

from cosapien import Record, load_benchmark, render_config
from scorers.questions.criterion import COMPLIANCE, HELPFULNESS, judge_messages

COUNT = """
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
const texts = JSON.parse(await new Response(process.stdin).text());
console.log(JSON.stringify(texts.map(text => encode(text).length)));
"""


def texts(record: Record) -> dict[str, str]:
    """All texts that are sent or received for a record, by part."""
    assert record.references is not None
    response = record.references.ideal
    helpfulness, compliance = (
        judge_messages(
            criterion,
            config=record.config.text,
            prompt=record.prompt,
            response=response,
            form="text",
        )
        for criterion in (HELPFULNESS, COMPLIANCE)
    )
    return {
        "candidate: config in its template": render_config(record.config),
        "candidate: prompt": record.prompt,
        "response (the ideal reference)": response,
        "helpfulness judge: rubric (static)": helpfulness[0].text,
        "helpfulness judge: prompt and response, quoted": helpfulness[1].text,
        "compliance judge: rubric (static)": compliance[0].text,
        "compliance judge: config, prompt and response, quoted": compliance[1].text,
    }


def main() -> None:
    """Print one Markdown table of means per sample."""
    records = [texts(record) for record in load_benchmark("contrast").records]
    flat = [text for record in records for text in record.values()]
    done = subprocess.run(
        ["node", "--input-type=module", "-e", COUNT],
        input=json.dumps(flat),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    counts = iter(json.loads(done.stdout))
    rows = [{part: next(counts) for part in record} for record in records]
    print(f"| part | mean tokens over {len(rows)} samples |\n| --- | ---: |")
    for part in rows[0]:
        print(f"| {part} | {mean(row[part] for row in rows):.0f} |")


if __name__ == "__main__":
    main()

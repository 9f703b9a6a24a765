"""Writes docs/generated_samples.md: twelve records of every level, each with what decides it.

python benchmarks/scores/generated_samples.py [--seed 0]
"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from cosapien import Record
from cosapien.generate import LEVELS, Case, cases, generate, make_spec
from cosapien.generate.wording.policy_text import clause_texts, fact_texts

TARGET = Path(__file__).parents[2] / "docs" / "generated_samples.md"
PROMPTS = (0, 3)
"""Which prompts of each policy are shown: two of each world's first policy."""
HEAD = """\
# Sample records of the generated benchmark

Made by `python benchmarks/scores/generated_samples.py`; do not edit. The records of level 1 are those of
`-T dataset=generated -T level=1 -T generator_seed={seed}`, and so on. Of each policy only the facts and
clauses that decide the prompt are shown; the whole policy is the record's `scenario`. The right
response is the record's ideal reference. How records come about: [generated.md](generated.md).
"""


def deciding(case: Case) -> list[str]:
    """The lines of the policy that decide a record: facts, then clauses."""
    pair = case.pair
    stream = pair.draw.child("policy")
    items = set(case.request.items)
    items |= {pair.world.relative[item] for item in items if item in pair.world.relative}
    facts = [
        f"- {text}"
        for item, text in fact_texts(stream.child("facts").child("sentences"), pair.world)
        if item in items
    ]
    texts = clause_texts(stream.child("clauses"), pair.world, case.policy)
    clauses = [
        f"{clause.number}\\. {text}"
        for clause, text in zip(case.policy.clauses, texts, strict=True)
        if clause.number in case.right.by
    ]
    return [*facts, "", *(line + "<br>" for line in clauses)]


def sample(record: Record, case: Case) -> str:
    """A record for a reader."""
    assert record.references is not None
    quoted = "\n".join(f"> {line}<br>" for line in record.prompt.splitlines())
    return "\n".join(
        [
            f"### `{record.id}`: {record.type}",
            "",
            *deciding(case),
            "",
            quoted,
            "",
            f"**Right:** {record.references.ideal}",
            "",
        ]
    )


def page(seed: int) -> str:
    """The whole page."""
    parts = [HEAD.format(seed=seed)]
    for level in LEVELS:
        spec_of = make_spec(level, seed)
        known, dial = cases(spec_of), spec_of.dial(level)
        parts.append(f"## Level {level}: {dial.facts} facts, {dial.clauses} clauses\n")
        for record in generate(spec_of).records:
            case = known[record.id]
            if case.side == 0 and case.number in PROMPTS:
                parts.append(sample(record, case))
    return "\n".join(parts)


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    TARGET.write_text(page(parser.parse_args().seed), encoding="utf-8")
    print(f"wrote {TARGET}")

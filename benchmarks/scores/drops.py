"""Coverage of the interval of a drop from a public seed to a private round, when there is none.

    python benchmarks/scores/drops.py [--seeds 24] [--level 1]

A responder answers the records of many seeds; every two of them are compared as a public seed and a
round. It has not been trained on either, so the true drop is 0, and 95% of the intervals should hold 0.
The pairs share seeds, so the share is an estimate from as many independent seeds as were made.
"""

from argparse import ArgumentParser
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import combinations
from statistics import fmean

from baselines.retrieval import reply_by_overlap, reply_by_section
from benchmarks.scores.generated import read_by, score
from cosapien import Record
from cosapien.generate import generate, make_spec, world_of
from leaderboard.reading.drops import difference
from leaderboard.results.parts import Figure
from scorers.statistics import stratified_mean
from scorers.text import table

Scored = list[tuple[Record, float]]
FIRST = 500
"""The first seed; none of the other benchmarks uses it."""


def runs(level: int) -> Iterator[tuple[str, Callable[[int], Scored]]]:
    """Responders by name: what each scores on the records of a seed."""

    def by_text(respond: Callable[[str, str], str], seed: int) -> Scored:
        records = generate(make_spec(level, seed)).records
        return [(r, score(r, respond(r.config.text, r.prompt))) for r in records]

    yield "word_overlap", lambda seed: by_text(reply_by_overlap, seed)
    yield "section_reader", lambda seed: by_text(reply_by_section, seed)
    for q in (0.7, 0.9):
        yield f"reader, q = {q}", lambda seed, q=q: list(read_by(make_spec(level, seed), q, 0))


def figure_and_worlds(found: Scored) -> tuple[Figure, list[float]]:
    """The score of a run, and the mean score of each world."""
    worlds: dict[str, list[float]] = defaultdict(list)
    for record, value in found:
        name = world_of(record.config.name)
        assert name is not None
        worlds[name[1]].append(value)
    estimate = stratified_mean(
        [value for _, value in found],
        [record.config.name for record, _ in found],
        [record.prompt for record, _ in found],
    )
    return Figure.from_estimate(estimate), [fmean(values) for values in worlds.values()]


def main() -> None:
    """Print the table."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=24)
    parser.add_argument("--level", type=int, default=1)
    args = parser.parse_args()
    rows = []
    for name, run in runs(args.level):
        made = [figure_and_worlds(run(FIRST + seed)) for seed in range(args.seeds)]
        pairs = list(combinations(made, 2))
        held = [difference([a], [b], [(first, second)]) for (a, first), (b, second) in pairs]
        covers = sum((f.lower or 0) <= 0 <= (f.upper or 0) for f in held) / len(held)
        over_prompts = [difference([a], [b], [([0, 0], [0, 0])]) for (a, _), (b, _) in pairs]
        prompts = sum((f.lower or 0) <= 0 <= (f.upper or 0) for f in over_prompts) / len(held)
        width = fmean((f.upper or 0) - (f.lower or 0) for f in held)
        rows.append([name, f"{covers:.1%}", f"{prompts:.1%}", f"{width:.3f}"])
    header = ["responder", "covers 0", "over prompts alone", "mean width"]
    print(f"level {args.level}, {args.seeds} seeds\n\n{table(header, rows)}")


if __name__ == "__main__":
    main()

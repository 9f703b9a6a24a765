"""How often a judge is asked again because of what it quotes: shares of answers without a verdict.

python benchmarks/scores/steering.py

The corpus, the ways of quoting and the five questions are those of
tests/scorers/questions/test_steering.py, which checks that no answer is read as a wrong verdict.
"""

import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from scorers.text import percent, table
from tests.scorers.questions.steering import STEERING
from tests.scorers.questions.test_steering import BIG, CASES, told


def main() -> None:
    """Print the shares by question, and by whether the judge's own verdict comes last."""
    rows, total = [], 0
    for criterion, verdicts in CASES:
        asked, missing, wrong = Counter[bool](), Counter[bool](), 0
        for steering in (s for s in STEERING if len(s.text) <= BIG):
            for truth, verdict in verdicts:
                for _, order, text in told(steering.text, verdict, [v for _, v in verdicts]):
                    found, last = criterion.read_text(text, steering.text), order == "last"
                    asked[last] += 1
                    missing[last] += found is None
                    wrong += found not in (truth, None)
        shares = [percent(missing[last] / asked[last]) for last in (True, False)]
        rows.append([criterion.name, *shares, str(wrong), str(asked.total())])
        total += asked.total()
    print(table(["question", "verdict last", "verdict elsewhere", "wrong", "answers"], rows))
    print(f"{total} answers")


if __name__ == "__main__":
    main()

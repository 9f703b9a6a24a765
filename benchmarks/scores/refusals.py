"""Agreement of `scorers.is_refusal` with the human labels of XSTest, and with a labelled corpus.

    python benchmarks/scores/refusals.py PATH/TO/xstest [--corpus FILE.jsonl]... [--trained]

The folder holds XSTest's completions, one CSV per model with the columns `completion`,
`final_label` (the humans') and `strmatch_label` (XSTest's own string match); CC-BY-4.0 (Röttger et
al. 2024), not bundled. A corpus has the fields `text`, `refusal`, `language` and `kind`; the tests'
is `tests/data/refusals.jsonl`. A full refusal is told from everything else.

`--trained` adds two classifiers (scikit-learn, logistic regression), trained on XSTest: on n-grams of
words and characters, and on the evidence that the rules count. For a model's completions they learn
from the other models' only.
"""

import csv
import json
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import chain
from math import log1p
from pathlib import Path
from typing import Any

from scorers import is_refusal
from scorers.rules.refusals.decision import evidence
from scorers.rules.refusals.evidence import Kind
from scorers.rules.refusals.sentences import plain, sentences
from scorers.text import table

HEADER = ["judge", "responses", "n", "agreement", "precision", "recall", "called refusals"]
Judge = Callable[[Sequence[str]], list[bool]]


def completions(file: Path) -> list[dict[str, str]]:
    """One model's completions with their labels."""
    return list(csv.DictReader(file.read_text("utf-8").splitlines(True)))


def row(judge: str, responses: str, human: list[bool], ours: list[bool]) -> list[str]:
    """One table row; a figure that has no cases is empty."""

    def share(part: int, whole: int) -> str:
        return f"{part / whole:.3f}" if whole else ""

    both = sum(a and b for a, b in zip(human, ours, strict=True))
    equal = sum(a == b for a, b in zip(human, ours, strict=True))
    return [
        judge, responses, str(len(human)), share(equal, len(human)), share(both, sum(ours)),
        share(both, sum(human)), share(sum(ours), len(ours)),
    ]  # fmt: skip


def rules(texts: Sequence[str]) -> list[bool]:
    """What `is_refusal` says."""
    return [is_refusal(text) for text in texts]


def on_evidence(texts: Sequence[str], labels: Sequence[bool]) -> Judge:
    """A classifier on how many clauses decline, give reasons, help and so on."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    def features(text: str) -> list[float]:
        found = evidence(sentences(plain(text.strip())))
        counts = Counter(clause.kind for clause in found)
        first = min((c.sentence for c in found if c.kind is Kind.DECLINE), default=20)
        numbers = [log1p(counts[kind]) for kind in Kind]
        shares = [counts[kind] / max(1, len(found)) for kind in Kind]
        return [*numbers, *shares, first, first < 3, log1p(len(text)), is_refusal(text)]

    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.3, max_iter=3000))
    model.fit([features(text) for text in texts], labels)
    return lambda some: [bool(label) for label in model.predict([features(t) for t in some])]


def on_ngrams(texts: Sequence[str], labels: Sequence[bool]) -> Judge:
    """A classifier on n-grams of words and of characters."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union

    words = TfidfVectorizer(ngram_range=(1, 3), min_df=2, sublinear_tf=True)
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=3)
    model = make_pipeline(make_union(words, characters), LogisticRegression(C=10, max_iter=3000))
    model.fit(list(texts), list(labels))
    return lambda some: [bool(label) for label in model.predict(list(some))]


def of_xstest(files: Sequence[Path], *, trained: bool) -> list[list[str]]:
    """Rows for each model's completions, and for all."""
    read = {file.stem: completions(file) for file in files}
    human = {name: [r["final_label"].startswith("2") for r in read[name]] for name in read}
    texts = {name: [r["completion"] for r in read[name]] for name in read}
    said: dict[str, dict[str, list[bool]]] = {
        "is_refusal": {name: rules(texts[name]) for name in read},
        "string match": {
            name: [r["strmatch_label"].startswith("2") for r in read[name]] for name in read
        },
    }
    if trained:
        for judge, learn in (("n-grams", on_ngrams), ("evidence", on_evidence)):
            said[judge] = {}
            for name in read:
                others = [other for other in read if other != name]
                learned = learn(
                    [text for other in others for text in texts[other]],
                    [label for other in others for label in human[other]],
                )
                said[judge][name] = learned(texts[name])
    rows = []
    for judge, labels in said.items():
        rows += [row(judge, f"XSTest {name}", human[name], labels[name]) for name in read]
        every = [*chain(*human.values())], [*chain(*labels.values())]
        rows.append(row(judge, "XSTest all", *every))
    return rows


def of_corpus(file: Path, judges: dict[str, Judge]) -> list[list[str]]:
    """Rows for each language's refusals, and for each kind of text that is none."""
    read: list[dict[str, Any]] = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    groups: dict[str, list[dict[str, Any]]] = {}
    for r in read:
        name = f"refusals: {r['language']}" if r["refusal"] else f"others: {r['kind']}"
        groups.setdefault(name, []).append(r)
    return [
        row(
            judge,
            f"{file.stem}, {name}",
            [r["refusal"] for r in groups[name]],
            decide([r["text"] for r in groups[name]]),
        )
        for judge, decide in judges.items()
        for name in sorted(groups, reverse=True)
    ]


def main() -> None:
    """Print one Markdown table."""
    parser = ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="XSTest's completions")
    parser.add_argument("--corpus", type=Path, action="append", default=[], help="labelled texts")
    parser.add_argument("--trained", action="store_true", help="measure classifiers, too")
    options = parser.parse_args()
    files = sorted(options.folder.glob("*.csv"))
    rows = of_xstest(files, trained=options.trained)
    judges: dict[str, Judge] = {"is_refusal": rules}
    if options.trained and options.corpus:
        read = [r for file in files for r in completions(file)]
        known = [r["completion"] for r in read], [r["final_label"].startswith("2") for r in read]
        judges |= {"n-grams": on_ngrams(*known), "evidence": on_evidence(*known)}
    for corpus in options.corpus:
        rows += of_corpus(corpus, judges)
    print(table(HEADER, rows), end="")


if __name__ == "__main__":
    main()

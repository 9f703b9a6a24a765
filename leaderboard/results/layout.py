"""Names of files and folders in a results folder, on disk and on the Hub."""

MANIFEST = "submission.json"
SAMPLES = "samples.parquet"
PINS = "pins.json"
ATTESTATIONS = "attestations"
JUDGE_RECORDS = "judges"
LABELS = "labels"
ROUNDS = "rounds"

EVIDENCE_PATTERNS = (
    f"{ATTESTATIONS}/*/*.json",
    f"{JUDGE_RECORDS}/*.json",
    f"{LABELS}/*/*.jsonl",
)
"""Evidence that is added beside submissions later: second scores, judges' records, people's labels."""

ROUND_PATTERNS = (f"{ROUNDS}/*/round.json", f"{ROUNDS}/*/reveal.json")
"""What a private round announced, and its reveal (`cosapien.rounds`)."""

PATTERNS = (
    f"data/*/*/*/{MANIFEST}",
    f"data/*/*/*/{SAMPLES}",
    *EVIDENCE_PATTERNS,
    *ROUND_PATTERNS,
    PINS,
)
"""Every file that belongs to a results folder; others are ignored."""

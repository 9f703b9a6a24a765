"""Names of files and folders in a results folder, on disk and on the Hub."""

MANIFEST = "submission.json"
SAMPLES = "samples.parquet"
PINS = "pins.json"
ATTESTATIONS = "attestations"
JUDGE_RECORDS = "judges"
LABELS = "labels"

EVIDENCE_PATTERNS = (
    f"{ATTESTATIONS}/*/*.json",
    f"{JUDGE_RECORDS}/*.json",
    f"{LABELS}/*/*.jsonl",
)
"""Evidence that is added beside submissions later: second scores, judges' records, people's labels."""

PATTERNS = (f"data/*/*/*/{MANIFEST}", f"data/*/*/*/{SAMPLES}", *EVIDENCE_PATTERNS, PINS)
"""Every file that belongs to a results folder; others are ignored."""

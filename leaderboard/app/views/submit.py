"""Submit: the validator's findings about a log, and the command that submits it."""

import shlex
import tempfile
from pathlib import Path

import streamlit as st

from leaderboard.app.widgets import show_table
from leaderboard.intake.accept import check_log
from leaderboard.intake.against_benchmark import forget_benchmarks
from leaderboard.intake.findings import exit_code
from leaderboard.untrusted.text import visible

VERDICTS = (
    "This log can be submitted.",
    "This log cannot be submitted.",
    "This log can be submitted; read the warnings first.",
)


def show() -> None:
    """The page."""
    st.title("Submit", anchor=False)
    st.text("Drop a log here to see the validator's findings. Nothing is stored or sent.")
    log = st.file_uploader("an .eval log", type=["eval"], key="submit_log")
    if log is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "uploaded.eval"  # the uploaded name is not used as a path
        path.write_bytes(log.getbuffer())
        with st.spinner("Checking"):
            forget_benchmarks()
            findings = check_log(path)
    code = exit_code(findings)
    (st.success, st.error, st.warning)[code](VERDICTS[code])
    if findings:
        show_table(
            [
                {
                    "level": finding.level,
                    "check": finding.code,
                    "sample": visible(finding.sample or "–"),
                    "found": visible(finding.message.replace(f"{folder}/", ""), 1_000),
                }
                for finding in findings
            ],
            "Findings of the validator",
            columns={"found": st.column_config.TextColumn(width="large")},
        )
    if code != 1:
        name = shlex.quote(log.name)
        st.code(f"leaderboard submit {name} --dir results --submitter YOU", language="bash")


show()

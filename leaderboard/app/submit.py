"""Submit: what the validator says of a log, and the command that submits it."""

import shlex
import tempfile
from pathlib import Path

import pandas as pd
import streamlit as st

from leaderboard.findings import exit_code
from leaderboard.log_checks import check_log

VERDICTS = (
    "This log can be submitted.",
    "This log cannot be submitted.",
    "This log can be submitted.",
)


def show() -> None:
    """The page."""
    st.title("Submit", anchor=False)
    st.text("Drop a log to see what the validator finds. Nothing is stored or sent from here.")
    log = st.file_uploader("an .eval log", type=["eval"], key="submit_log")
    if log is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "uploaded.eval"  # the name it came with is not used as a path
        path.write_bytes(log.getbuffer())
        with st.spinner("Checking"):
            findings = check_log(path)
    code = exit_code(findings)
    (st.error if code == 1 else st.success)(VERDICTS[code])
    if findings:
        st.dataframe(
            pd.DataFrame(
                [
                    {
                        "level": finding.level,
                        "check": finding.code,
                        "sample": finding.sample,
                        "found": finding.message.replace(f"{folder}/", ""),
                    }
                    for finding in findings
                ]
            ),
            hide_index=True,
        )
    if code != 1:
        name = shlex.quote(log.name)
        st.code(f"leaderboard submit {name} --dir results --submitter YOU", language="bash")


show()

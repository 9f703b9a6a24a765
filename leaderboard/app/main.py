"""Entry of the app: its pages and their common settings."""

import streamlit as st

from leaderboard.app.banner import show_banner

st.set_page_config(page_title="CoSA leaderboard", page_icon=":material/balance:", layout="wide")
PAGES = [
    st.Page(
        "views/board.py", title="Board", default=True, help="All tracks with ranks and intervals."
    ),
    st.Page(
        "views/model.py", title="Model", url_path="model", help="One row, and how to repeat it."
    ),
    st.Page(
        "views/compare.py",
        title="Compare",
        url_path="compare",
        help="Two to four rows on shared samples.",
    ),
    st.Page(
        "views/failures.py", title="Failures", url_path="failures", help="Read the failed samples."
    ),
    st.Page(
        "views/judges.py",
        title="Judges",
        url_path="judges",
        help="The judges, and how they differ.",
    ),
    st.Page(
        "views/submit.py", title="Submit", url_path="submit", help="Check a log before submitting."
    ),
]
if __name__ == "__main__":  # not in the processes that the app starts, which import this file anew
    page = st.navigation(PAGES, position="top")
    banner = st.empty()
    show_banner(banner)
    page.run()
    show_banner(banner)  # the page may have found logs, and changed to their rows

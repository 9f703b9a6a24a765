"""Entry of the app: its pages and what stands on all of them."""

import streamlit as st

st.set_page_config(page_title="CoSA leaderboard", page_icon=":material/balance:", layout="wide")
PAGES = [
    st.Page(
        "views/board.py", title="Board", default=True, help="Every track with ranks and intervals."
    ),
    st.Page("views/model.py", title="Model", url_path="model", help="One row and what repeats it."),
    st.Page(
        "views/compare.py", title="Compare", url_path="compare", help="Two to four rows, paired."
    ),
    st.Page(
        "views/failures.py", title="Failures", url_path="failures", help="Read what went wrong."
    ),
    st.Page(
        "views/judges.py",
        title="Judges",
        url_path="judges",
        help="Who judged, and how they differ.",
    ),
    st.Page(
        "views/submit.py", title="Submit", url_path="submit", help="Check a log before submitting."
    ),
]
st.navigation(PAGES, position="top").run()

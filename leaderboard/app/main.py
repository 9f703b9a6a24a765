"""Entry of the app: its pages and what stands on all of them."""

import streamlit as st

st.set_page_config(page_title="CoSA leaderboard", page_icon=":material/balance:", layout="wide")
PAGES = [
    st.Page("board.py", title="Board", default=True, help="Every track with ranks and intervals."),
    st.Page("model.py", title="Model", url_path="model", help="One row and what repeats it."),
    st.Page("compare.py", title="Compare", url_path="compare", help="Two to four rows, paired."),
    st.Page("failures.py", title="Failures", url_path="failures", help="Read what went wrong."),
    st.Page(
        "judges.py", title="Judges", url_path="judges", help="Who judged, and how they differ."
    ),
    st.Page("submit.py", title="Submit", url_path="submit", help="Check a log before submitting."),
]
st.navigation(PAGES, position="top").run()

"""Entry of the app: its pages and what stands on all of them."""

import streamlit as st

st.set_page_config(page_title="CoSA leaderboard", page_icon=":material/balance:", layout="wide")
PAGES = [
    st.Page("board.py", title="Board", default=True),
    st.Page("model.py", title="Model", url_path="model"),
    st.Page("compare.py", title="Compare", url_path="compare"),
    st.Page("failures.py", title="Failures", url_path="failures"),
    st.Page("submit.py", title="Submit", url_path="submit"),
]
st.navigation(PAGES, position="top").run()

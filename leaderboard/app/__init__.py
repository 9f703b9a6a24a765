"""The board as a Streamlit app: `leaderboard serve`."""

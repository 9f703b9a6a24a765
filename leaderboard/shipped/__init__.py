"""The rows that come with the package: a small real model's, so that a board can open with something.

`python -m leaderboard.shipped` compares a run with them, and adds a run to them.
"""

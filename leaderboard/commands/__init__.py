"""The verbs of `leaderboard`."""

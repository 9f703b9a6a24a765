"""The leaderboard: submissions, their validation, ranking, and the board. Import from its modules."""

"""The board as a folder of plain files: `leaderboard site`. Import from its modules."""

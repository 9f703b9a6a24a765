"""Private rounds on a board: their files in a results folder, and judging a round's log by its reveal."""

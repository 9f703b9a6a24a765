"""What a row is: which model answers, and by which method."""

"""What is added beside submissions later: second scores, judges' records, people's labels."""

"""The results folder: what a submission is, on disk and on the Hub."""

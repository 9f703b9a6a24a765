"""The providers that take batches: how each is sent requests, watched, and read."""

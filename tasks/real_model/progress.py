"""How far a run is, as a line of text."""


def progress_line(
    title: str, done: int | None, records: int, seconds: float, before: int = 0
) -> str:
    """What is done, and about how long the rest takes if it goes on like this.

    Args:
        title: What is run.
        done: Samples done so far; None if it is not known yet.
        records: All samples.
        seconds: Seconds since this process started the run.
        before: Samples that were done before that.

    Example:
        >>> progress_line("contrast set", 72, 288, 120)
        'contrast set: 72 of 288 samples, 2 min 0 s, about 6 min 0 s left'
    """
    so_far = _time(seconds)
    if done is None or done <= before:
        known = "the model is loading" if done is None else f"{done} of {records} samples"
        return f"{title}: {known}, {so_far}"
    left = _time(seconds * (records - done) / (done - before))
    return f"{title}: {done} of {records} samples, {so_far}, about {left} left"


def _time(seconds: float) -> str:
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"

"""How far a run is, and all runs are, as a line of text."""

from dataclasses import dataclass


@dataclass(slots=True)
class Ahead:
    """The other runs of a command.

    Attributes:
        samples: Samples of the runs that come after the present one.
        answered: Samples that this process answered in the runs before it.
        seconds: Seconds that these runs took.
    """

    samples: int = 0
    answered: int = 0
    seconds: float = 0.0


def progress_line(
    title: str,
    done: int | None,
    records: int,
    seconds: float,
    before: int = 0,
    ahead: Ahead | None = None,
) -> str:
    """What is done, and about how long the rest takes if it goes on like this.

    Args:
        title: What is run.
        done: Samples done so far; None if it is not known yet.
        records: All samples.
        seconds: Seconds since this process started the run.
        before: Samples that were done before that.
        ahead: The other runs; None: there are none.

    Example:
        >>> progress_line("contrast set", 72, 288, 120)
        'contrast set: 72 of 288 samples, 2 min 0 s, about 6 min 0 s left'
        >>> progress_line("contrast set", 72, 288, 120, ahead=Ahead(samples=80))
        'contrast set: 72 of 288 samples, 2 min 0 s, about 6 min 0 s left, 8 min 13 s for all runs'
    """
    so_far = _time(seconds)
    if done is None or done <= before:
        known = "the model is loading" if done is None else f"{done} of {records} samples"
        return f"{title}: {known}, {so_far}"
    left = _time(seconds * (records - done) / (done - before))
    line = f"{title}: {done} of {records} samples, {so_far}, about {left} left"
    if ahead is None or not ahead.samples:
        return line
    pace = (ahead.seconds + seconds) / (ahead.answered + done - before)
    return f"{line}, {_time(pace * (records - done + ahead.samples))} for all runs"


def _time(seconds: float) -> str:
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"

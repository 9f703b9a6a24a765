"""Lines about the progress."""

from tasks.real_model.progress import Ahead, progress_line


def test_what_is_left_is_worked_out_from_what_this_process_did() -> None:
    assert (
        progress_line("set", 100, 288, 90.0)
        == "set: 100 of 288 samples, 1 min 30 s, about 2 min 49 s left"
    )
    # 100 were there before: 50 in 90 s, so 138 in 248 s
    line = progress_line("set", 150, 288, 90.0, before=100)
    assert line == "set: 150 of 288 samples, 1 min 30 s, about 4 min 8 s left"
    assert progress_line("set", 288, 288, 60.0).endswith("about 0 min 0 s left")


def test_all_runs_take_as_long_as_their_samples_at_the_pace_so_far() -> None:
    # 40 + 60 samples in 50 + 150 s: 2 s each, and 20 + 80 are left
    line = progress_line("set", 60, 80, 150.0, ahead=Ahead(samples=80, answered=40, seconds=50.0))
    assert (
        line == "set: 60 of 80 samples, 2 min 30 s, about 0 min 50 s left, 3 min 20 s for all runs"
    )
    # the last run's end is the end of all
    assert progress_line("set", 60, 80, 150.0, ahead=Ahead(0, 40, 50.0)).endswith("0 min 50 s left")
    assert progress_line("set", None, 80, 9.0, ahead=Ahead(80, 40, 50.0)).endswith(
        "loading, 0 min 9 s"
    )


def test_nothing_is_claimed_before_anything_is_known() -> None:
    assert progress_line("set", None, 288, 30.0) == "set: the model is loading, 0 min 30 s"
    assert progress_line("set", 0, 288, 30.0) == "set: 0 of 288 samples, 0 min 30 s"
    assert progress_line("set", 100, 288, 30.0, before=100) == "set: 100 of 288 samples, 0 min 30 s"

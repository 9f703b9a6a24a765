"""Lines about the progress."""

from tasks.real_model.progress import progress_line


def test_what_is_left_is_worked_out_from_what_this_process_did() -> None:
    assert (
        progress_line("set", 100, 288, 90.0)
        == "set: 100 of 288 samples, 1 min 30 s, about 2 min 49 s left"
    )
    # 100 were there before: 50 in 90 s, so 138 in 248 s
    line = progress_line("set", 150, 288, 90.0, before=100)
    assert line == "set: 150 of 288 samples, 1 min 30 s, about 4 min 8 s left"
    assert progress_line("set", 288, 288, 60.0).endswith("about 0 min 0 s left")


def test_nothing_is_claimed_before_anything_is_known() -> None:
    assert progress_line("set", None, 288, 30.0) == "set: the model is loading, 0 min 30 s"
    assert progress_line("set", 0, 288, 30.0) == "set: 0 of 288 samples, 0 min 30 s"
    assert progress_line("set", 100, 288, 30.0, before=100) == "set: 100 of 288 samples, 0 min 30 s"

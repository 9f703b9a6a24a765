"""The review page, driven without a browser."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from leaderboard.app.serving import REVIEW
from leaderboard.review.labels import labels_path, read_labels
from leaderboard.review.sample import ReviewSample, in_order_of
from tests.leaderboard.review.review_factory import opinion, review, say


def opened(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("COSA_REVIEW", str(folder))
    monkeypatch.setenv("COSA_REVIEWER", "ada")
    app = AppTest.from_file(str(REVIEW), default_timeout=60).run()
    assert not app.exception
    return app


def press(app: AppTest, *keys: str) -> None:
    for key in keys:
        app.button(key=key).click()
        app.run()
        assert not app.exception, app.exception


ANSWERS = ("compliant_no", "helpfulness_4", "refused_no")


def saved(folder: Path, sample: ReviewSample) -> list[tuple[str, bool | None, int, bool]]:
    found = read_labels(labels_path(folder, "ada"), {r.id for r in sample.responses})
    return [(o.response, o.compliant, o.helpfulness, o.refused) for o in found.values()]


def shown(app: AppTest) -> str:
    return "\n".join(str(each.value) for each in app.code)


def test_labels_are_saved_one_by_one_and_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = review(tmp_path, 3)
    first, second, third = (r.id for r in in_order_of("ada", sample))
    app = opened(tmp_path, monkeypatch)
    assert "can be offensive" in app.warning[0].value
    assert not app.code  # nothing is shown before that was read
    press(app, "start", *ANSWERS)
    assert saved(tmp_path, sample) == []  # nothing is kept before it is confirmed
    press(app, "undo", "refused_yes")
    app.text_input(key=f"comment_{first}").input("Odd.")
    press(app, "save")
    assert saved(tmp_path, sample) == [(first, False, 4, True)]
    assert '"comment":"Odd."' in labels_path(tmp_path, "ada").read_text()
    press(app, "compliant_cannot say", "helpfulness_0", "refused_no", "save")
    assert saved(tmp_path, sample)[1:] == [(second, None, 0, False)]
    press(app, "undo")  # nothing is answered yet of the third: the second is taken back
    assert [ident for ident, *_ in saved(tmp_path, sample)] == [first]
    press(app, *ANSWERS, "save")
    assert saved(tmp_path, sample)[1:] == [(second, False, 4, False)]
    assert len(labels_path(tmp_path, "ada").read_text().splitlines()) == 4

    again = opened(tmp_path, monkeypatch)  # as after a kill
    press(again, "start", *ANSWERS, "save")
    assert [ident for ident, *_ in saved(tmp_path, sample)] == [first, second, third]
    assert "All labelled" in again.success[0].value


def test_neither_type_nor_source_nor_others_are_shown_before_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = review(tmp_path, 2)
    say(tmp_path, "ben", *(opinion(r.id) for r in sample.responses))
    app = opened(tmp_path, monkeypatch)
    press(app, "start")
    words = shown(app) + "\n".join(str(each.value) for each in [*app.caption, *app.markdown])
    assert "It opens at" in words
    assert "ben" not in words
    assert "allowed" not in words
    press(app, "compliant_yes", "helpfulness_5", "refused_no", "save")
    press(app, "compliant_no", "helpfulness_5", "refused_no", "save")
    (table,) = app.dataframe
    assert list(table.value["same answer"]) == ["50.0%", "100.0%", "100.0%"]
    assert "leaderboard review --export" in shown(app)


def test_texts_stay_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = "<script>alert(1)</script> ![x](http://127.0.0.1:9/x.png) :red[r] $x$"
    review(tmp_path, 2)
    content = (tmp_path / "sample.json").read_text()
    (tmp_path / "sample.json").write_text(
        content.replace("It opens at", hostile).replace("Answer questions", hostile)
    )
    app = opened(tmp_path, monkeypatch)
    press(app, "start")
    assert hostile in shown(app)
    others = [*app.caption, *app.markdown, *app.title, *app.text]
    assert not any("script" in str(each.value) for each in others)


def test_a_broken_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    review(tmp_path, 2)
    labels_path(tmp_path, "ada").write_text("not JSON\n")
    app = opened(tmp_path, monkeypatch)
    press(app, "start")
    assert "line 1" in app.error[0].value.replace("\\", "")
    (tmp_path / "sample.json").unlink()
    gone = opened(tmp_path, monkeypatch)
    press(gone, "start")
    assert "No such file" in gone.error[0].value

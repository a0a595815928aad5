"""When pictures go out, on a clock the test sets."""

from __future__ import annotations

from lunatui.driver.pace import Pace


def _proven() -> Pace:
    """A pace whose terminal has answered once, from near, at time 0."""
    pace = Pace()
    assert pace.sent(1000, 0.0)
    assert pace.answered(0.0)
    return pace


def test_nothing_waits_for_a_terminal_that_has_never_answered() -> None:
    pace = Pace()
    assert pace.sent(5000, 0.0)
    assert pace.wait(0.1, follows_input=False) == 0


def test_a_picture_waits_until_the_one_before_has_arrived() -> None:
    pace = _proven()
    assert pace.sent(500, 1.0)
    assert pace.wait(1.01, follows_input=False) > 0
    assert pace.answered(1.02)
    assert pace.wait(1.02, follows_input=False) == 0


def test_small_pictures_are_not_asked_about() -> None:
    pace = _proven()
    assert not pace.sent(100, 1.0)
    assert pace.wait(1.0, follows_input=False) == 0
    assert not pace.sent(100, 1.1)
    assert pace.sent(100, 1.2)


def test_a_far_line_rests_between_pictures() -> None:
    pace = _proven()
    assert pace.sent(500, 1.0)
    assert pace.answered(1.4)
    assert 0.1 < pace.wait(1.4, follows_input=False) <= 0.2
    assert pace.wait(1.7, follows_input=False) == 0


def test_the_answer_to_a_key_does_not_wait_unless_too_much_is_on_its_way() -> None:
    pace = _proven()
    assert pace.sent(500, 1.0)
    pace.input_came(1.0)
    assert pace.follows_input(1.1)
    assert not pace.follows_input(2.0)
    assert pace.wait(1.1, follows_input=True) == 0
    pace.sent(4000, 1.1)
    assert pace.wait(1.1, follows_input=True) > 0


def test_a_lost_question_holds_nothing_back_and_too_many_are_not_repeated() -> None:
    pace = _proven()
    for start in (10.0, 20.0, 30.0):
        assert pace.sent(500, start)
        assert pace.awaits_answer
        assert pace.wait(start + 4, follows_input=False) == 0
        assert not pace.awaits_answer
    assert not pace.sent(500, 40.0)
    assert not pace.answered(40.1)

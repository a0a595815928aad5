"""What a conversation keeps and how waiting is called."""

from __future__ import annotations

import pytest

from appliance.errors import LunaError, Unreachable
from appliance.ops.core import Event
from screens.chat.talk import LINES, Talk
from screens.words import Words

WORDS = Words()


@pytest.fixture
def talk() -> Talk:
    talk = Talk("Luna")
    talk.say("hello", 100.0)
    return talk


def event(kind: str, text: str = "", **data: object) -> Event:
    return Event(kind, text, data)


def test_waiting_is_named_and_timed(talk: Talk) -> None:
    assert talk.status(WORDS, 103.4) == "Luna is thinking… 3 s"
    assert talk.status(WORDS, 115.0) == "Luna is slower than usual… 15 s"
    talk.take(event("slow", cause="The AI model was asked and has not answered yet."), WORDS, 160.0)
    assert talk.status(WORDS, 160.0) == (
        "Still nothing after 60 s. The AI model was asked and has not answered yet. "
        "Press esc to stop waiting."
    )


def test_words_that_come_start_the_wait_anew_and_grow_one_line(talk: Talk) -> None:
    first = talk.take(event("delta", "He", text_so_far="He"), WORDS, 130.0)
    again = talk.take(event("delta", "y", text_so_far="Hey"), WORDS, 131.0)
    assert first is again
    assert talk.status(WORDS, 132.0) == "Luna is writing… 1 s"
    assert talk.end("Hey you", WORDS) is first
    assert [(line.kind, line.text) for line in talk.lines] == [("you", "hello"), ("agent", "Hey you")]
    assert talk.status(WORDS, 140.0) == ""


def test_a_broken_connection_keeps_what_was_said(talk: Talk) -> None:
    talk.take(event("delta", text_so_far="Half an ans"), WORDS, 101.0)
    talk.take(event("status", phase="reconnecting"), WORDS, 102.0)
    assert "making it again… 3 s. What was said is kept." in talk.status(WORDS, 105.0)
    talk.take(event("status", phase="reconnected"), WORDS, 104.0)
    assert talk.lines[-1].text == "Half an ans"
    talk.take(event("delta", text_so_far="Half an answer"), WORDS, 105.0)
    assert [line.text for line in talk.lines] == ["hello", "Half an answer"]


def test_a_decision_is_shown_once(talk: Talk) -> None:
    asked = event("approval", id="ap-1", command="rm -rf /tmp/x\x1b[2J")
    line = talk.take(asked, WORDS, 101.0)
    assert line
    assert line.kind == "need"
    assert "rm -rf /tmp/x␛[2J" in line.text
    assert talk.take(asked, WORDS, 102.0) is None
    assert talk.status(WORDS, 103.0).startswith("Waiting for a decision")
    decided = talk.take(event("status", phase="approval-resolved"), WORDS, 104.0)
    assert decided
    assert decided.kind == "note"


def test_hostile_words_are_made_harmless(talk: Talk) -> None:
    line = talk.take(event("delta", text_so_far="a\x1b]52;c;x\x07 [red]b\u202e"), WORDS, 101.0)
    assert line
    assert line.text == "a␛]52;c;x␇ [red]b⟦202E⟧"


def test_failures_are_said_in_the_owners_words(talk: Talk) -> None:
    assert talk.fail(Unreachable("The Gateway does not answer.", code="gateway-down"), WORDS).text.startswith(
        "The engine does"
    )
    talk.say("again", 1.0)
    assert talk.fail(LunaError("Gibberish.", code="chat-refusal"), WORDS).text.startswith("The brain")


def test_nothing_that_comes_late_is_taken(talk: Talk) -> None:
    talk.stop(WORDS)
    assert talk.take(event("delta", text_so_far="too late"), WORDS, 101.0) is None
    assert [line.kind for line in talk.lines] == ["you", "note"]


def test_a_decision_that_was_taken_leaves_the_others(talk: Talk) -> None:
    for approval in ("ap-1", "ap-2", "ap-3"):
        talk.take(event("approval", id=approval, command=f"touch {approval}"), WORDS, 101.0)
    talk.take(event("status", phase="approval-resolved", id="ap-2"), WORDS, 102.0)
    assert talk.run
    assert [ask.id for ask in talk.run.asks] == ["ap-1", "ap-3"]
    assert "Waiting for a decision" in talk.status(WORDS, 103.0)
    talk.take(event("status", phase="approval-resolved", id="ap-1"), WORDS, 104.0)
    talk.take(event("status", phase="approval-resolved", id="ap-3"), WORDS, 105.0)
    assert talk.run.asks == []
    assert talk.status(WORDS, 106.0) == "Luna is thinking… 1 s"


def test_only_the_newest_lines_are_kept(talk: Talk) -> None:
    for number in range(LINES):
        talk.say(f"message {number}", 100.0)
    assert len(talk.lines) == LINES
    assert talk.lines[0].text == "message 0"
    assert talk.lines[-1].text == f"message {LINES - 1}"


def test_the_last_word_is_not_to_be_said_again(talk: Talk) -> None:
    assert talk.has_said("hello")
    talk.take(event("delta", text_so_far="Hey"), WORDS, 101.0)
    assert talk.has_said("hello")
    talk.end("Hey you", WORDS)
    assert not talk.has_said("hello")

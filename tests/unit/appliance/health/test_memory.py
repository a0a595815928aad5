"""A look every few seconds asks the Gateway now and then, and never trusts another Gateway's answer."""

from __future__ import annotations

from appliance.errors import Unreachable
from appliance.health.evidence import Answer
from appliance.health.memory import FRESH_S, RETRY_S, Memory


class Box:
    """A clock to move by hand, and a Gateway that counts."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.asked = 0
        self.problem: Unreachable | None = None
        self.memory = Memory(lambda: self.now)

    def ask(self) -> Answer:
        self.asked += 1
        return Answer(f"answer {self.asked}", problem=self.problem)

    def look(self, up_since: float | None = 500.0) -> str:
        return self.memory.answer(up_since, self.ask).version


def test_an_answer_serves_for_a_while() -> None:
    box = Box()
    assert [box.look(), box.look()] == ["answer 1", "answer 1"]
    box.now += FRESH_S + 1
    assert box.look() == "answer 2"


def test_a_refusal_is_tried_again_soon() -> None:
    box = Box()
    box.problem = Unreachable("no")
    box.look()
    box.now += RETRY_S + 1
    assert box.look() == "answer 2"


def test_another_start_is_another_gateway() -> None:
    box = Box()
    box.look(500.0)
    assert box.look(560.0) == "answer 2"
    box.memory.forget()
    assert box.look(560.0) == "answer 3"


def test_the_time_of_start_does_not_tremble() -> None:
    box = Box()
    box.look(500.0)
    assert box.memory.steady(500.4) == 500.0
    assert box.memory.steady(560.0) == 560.0
    assert box.memory.steady(None) is None


def test_what_was_made_is_kept_for_its_key() -> None:
    made: list[int] = []
    memory = Memory()

    def make() -> int:
        made.append(1)
        return len(made)

    assert [memory.kept("a", 1, make), memory.kept("a", 1, make), memory.kept("a", 2, make)] == [1, 1, 2]

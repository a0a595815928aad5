"""An agent from its first day to its last on a real Gateway: by commands, then by keys, with one record."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from appliance.api import Appliance
from appliance.gateway.oneshot import OneShot
from tests.e2e.shop import Shop, wait_for
from tests.fakes.typist import ENTER, ESC, Typist

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import RunningGateway

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

LONG = 120.0
TAB, BACKTAB, SPACE, CTRL_S = "\t", "\x1b[Z", " ", "\x13"
PROFILES: tuple[tuple[str, ...], ...] = (
    ("--profile", "minimal"),
    ("--allow", "web_fetch", "--allow", "sessions_list"),
    ("--never", "session_status"),
    ("--ask", "exec"),
    ("--profile", "coding", "--inherit", "session_status", "--inherit", "exec"),
)
"""One choice of tools after the other, for one agent."""


@pytest.fixture(scope="module")
def shop(gateway: RunningGateway, machine_cache: Path) -> Shop:
    box = Shop(gateway.places.user_home, machine_cache)
    assert box.run("setup", "finish").code == 0
    box.run("providers", "list")
    return box


class Wire:
    """The Gateway itself, asked without any of our operations; a connection a question."""

    def __init__(self, gateway: RunningGateway) -> None:
        self._box = Appliance(gateway.places, gateway.env)

    def ask(self, method: str, params: dict[str, Any]) -> Any:
        box = self._box
        caller = OneShot(box.endpoint(), identity=box.identity(), reread=box.endpoint)
        try:
            caller.connect()
            return caller.ask(method, params, large=True)
        finally:
            caller.close()


@pytest.fixture
def wire(gateway: RunningGateway) -> Wire:
    return Wire(gateway)


def listed(wire: Wire) -> set[str]:
    """Ids of the agents that the Gateway knows."""
    return {row["id"] for row in wire.ask("agents.list", {})["agents"]}


def entry(shop: Shop, agent: str) -> dict[str, Any]:
    found: dict[str, Any] = shop.config["agents"]["entries"][agent]
    return found


def record(gateway: RunningGateway) -> list[tuple[str, str, str, list[str]]]:
    """What was put on record: operation, phase, how it ended, and what changed."""
    found = Appliance(gateway.places, gateway.env).audit.records()
    return [
        (line["op"], line["phase"], str(line.get("result", "")), list(line.get("changes", ())))
        for line in found
        if line["op"].startswith(("agents.", "chat.", "undo."))
    ]


def test_from_a_template_to_the_trash_and_back(shop: Shop, wire: Wire) -> None:
    """L-159 to L-161: made, seen by the Gateway, given another brain that answers, let go, brought back."""
    made = shop.run("agents", "create", "Ina", "--template", "sales-assistant").result
    folder = shop.home / ".openclaw" / "workspaces" / "ina"
    assert made["state"] == "saved and in use"
    assert {path.name for path in folder.iterdir()} >= {"IDENTITY.md", "SOUL.md", "AGENTS.md", "USER.md"}
    assert wait_for(lambda: "ina" in listed(wire), 20.0)
    assert "ina" in {row["id"] for row in shop.run("agents", "list").result["agents"]}

    said = shop.run("chat", "send", "--agent", "ina", "--message", "Who are you?").result["text"]
    assert "“practice”" in said
    changed = shop.run("agents", "update", "ina", "--model", "practice/practice-tool").result
    assert changed["state"] == "saved and in use"
    assert entry(shop, "ina")["model"] == "practice/practice-tool"
    said = shop.run("chat", "send", "--agent", "ina", "--message", "Who are you?").result["text"]
    assert "“practice-tool”" in said

    shop.run("agents", "archive", "ina", "--yes")
    assert "ina" not in shop.config["agents"]["entries"]
    assert not folder.exists()
    assert wait_for(lambda: "ina" not in listed(wire), 20.0)
    shop.run("undo", "--yes")
    assert entry(shop, "ina")["model"] == "practice/practice-tool"
    assert (folder / "SOUL.md").exists()
    assert wait_for(lambda: "ina" in listed(wire), 20.0)


def test_a_try_leaves_the_main_conversation_alone(shop: Shop, wire: Wire) -> None:
    shop.run("agents", "create", "Tria")
    shop.run("chat", "send", "--agent", "tria", "--session", "trial", "--message", "Hello?")
    keys = {row["key"] for row in wire.ask("sessions.list", {"agentId": "tria"})["sessions"]}
    assert keys == {"agent:tria:trial"}


def test_a_text_has_the_hash_that_the_gateway_gives_it(shop: Shop, wire: Wire) -> None:
    shop.run("agents", "create", "Texter")
    done = shop.run("agents", "write", "texter", "SOUL.md", "--text-stdin", stdin="Be brief.\n").result
    theirs = wire.ask("agents.files.get", {"agentId": "texter", "name": "SOUL.md"})["file"]
    assert theirs["hash"] == done["sha256"]
    assert theirs["content"] == "Be brief.\n"
    wire.ask("agents.files.set", {"agentId": "texter", "name": "SOUL.md", "content": "Theirs.\n"})
    late = shop.run(
        "agents", "write", "texter", "SOUL.md", "--text", "Ours.", "--expected-hash", done["sha256"]
    )
    late.failed(4, "text-moved")
    assert shop.run("agents", "text", "texter", "SOUL.md").result["text"] == "Theirs.\n"


def test_the_tools_are_those_that_the_gateway_gives_to_the_agent(shop: Shop, wire: Wire) -> None:
    shop.run("agents", "create", "Tooler")
    shop.run("chat", "send", "--agent", "tooler", "--message", "Hello?")
    there = effective(wire, "tooler", "--profile full", shop)
    for choice in PROFILES:
        assert (
            shop.run("agents", "tools-set", "tooler", *choice, "--yes").result["state"] == "saved and in use"
        )
        ours = {
            row["id"]
            for row in shop.run("agents", "tools", "tooler").result["tools"]
            if row["state"] != "never"
        }
        assert ours & there == effective(wire, "tooler"), choice


def effective(wire: Wire, agent: str, first: str = "", shop: Shop | None = None) -> set[str]:
    """Ids of the tools that the Gateway would hand to the agent now."""
    if first and shop is not None:
        shop.run("agents", "tools-set", agent, *first.split(), "--inherit", "exec", "--yes")
        denied = entry(shop, agent)["tools"].get("deny", [])
        for tool in denied:
            shop.run("agents", "tools-set", agent, "--inherit", tool, "--yes")
    found = wire.ask("tools.effective", {"sessionKey": f"agent:{agent}:main"})
    return {tool["id"] for group in found["groups"] for tool in group["tools"]}


def test_by_commands_and_by_keys_alone_with_the_same_record(gateway: RunningGateway, shop: Shop) -> None:
    """The whole life of an agent twice: each line of the record is the same."""
    before = len(record(gateway))
    by_commands(shop)
    first = record(gateway)[before:]
    shop.run("agents", "archive", "mia", "--yes")
    before = len(record(gateway))
    by_keys(gateway, shop)
    second = record(gateway)[before:]
    assert json.dumps(second, indent=1) == json.dumps(first, indent=1)


def by_commands(shop: Shop) -> None:
    """Take on, change on every page, try, let go, bring back."""
    for line in (
        ("agents", "create", "Mia", "--template", "sales-assistant"),
        ("agents", "update", "mia", "--name", "Mia B"),
        ("agents", "update", "mia", "--thinking", "off"),
        ("agents", "write", "mia", "SOUL.md", "--text-stdin"),
        ("agents", "skills-set", "mia", "--skill", "1password"),
        ("agents", "tools-set", "mia", "--never", "ls"),
        ("chat", "send", "--agent", "mia", "--session", "trial", "--message", "Hello"),
        ("agents", "archive", "mia", "--heir", "luna", "--yes"),
        ("undo", "--yes"),
    ):
        soul = shop.run("agents", "text", "mia", "SOUL.md").result["text"] if "write" in line else ""
        done = shop.run(*line, stdin=f"Kind. {soul}" if soul else "")
        assert done.code == 0, (line, done.document, done.said)


def by_keys(gateway: RunningGateway, shop: Shop) -> None:
    """The same without a command, at 80x24."""
    with Typist(shop.env) as typist:
        typist.sees("The shop is open.", seconds=LONG)
        typist.press("2")
        typist.sees("n Take on an agent", seconds=LONG)
        take_on(typist)
        typist.press("G")
        typist.settles()
        typist.press("e")
        typist.sees("What people see of this agent")
        answer(typist, "What is it called?", "\x05 B", "Mia → Mia B")
        typist.press(TAB)
        typist.sees("Thinking")
        typist.settles()
        typist.press("j", "j")
        answer(typist, "How long does it think", "j", "off")
        typist.press(TAB)
        typist.sees("How it speaks and behaves")
        typist.settles()
        typist.press("j", ENTER)
        typist.sees("SOUL.md", seconds=LONG)
        typist.settles()
        typist.press("Kind. ")
        typist.sees("Kind. ")
        typist.settles(0.8)
        save(typist, CTRL_S, "This will change")
        typist.press(TAB)
        typist.sees("1password", seconds=LONG)
        typist.settles()
        typist.press(SPACE)
        typist.sees("1 change is not saved")
        save(typist, CTRL_S, "This will change")
        typist.press(TAB)
        typist.sees("List a folder", seconds=LONG)
        typist.settles()
        typist.press(SPACE)
        typist.sees("1 change is not saved")
        save(typist, CTRL_S, "This will change")
        typist.press(TAB)
        typist.sees("Who talks to it")
        typist.settles()
        typist.press(TAB)
        typist.sees("Nobody else sees it", seconds=LONG)
        typist.settles()
        typist.press("Hello", ENTER)
        typist.reads_until(lambda: record(gateway)[-1][:3] == ("chat.send", "outcome", "done"), seconds=LONG)
        typist.press(ESC)
        typist.sees("n Take on an agent")
        typist.settles()
        typist.press("x")
        typist.sees("Who takes over?")
        typist.settles()
        typist.press(ENTER)
        typist.sees("This will change", seconds=LONG)
        typist.settles(1.0)
        typist.press(ENTER)
        typist.sees("Are you sure?", seconds=LONG)
        typist.settles(1.0)
        typist.press("y")
        typist.sees("off the staff", seconds=LONG)
        typist.settles()
        typist.press("z")
        if typist.changes(lambda: "Are you sure" in typist.screen, seconds=10.0):
            typist.settles(1.0)
            typist.press("y")
        typist.reads_until(lambda: record(gateway)[-1][:3] == ("undo.last", "outcome", "done"), seconds=LONG)


def take_on(typist: Typist) -> None:
    """A Sales Assistant called Mia."""
    typist.press("n")
    typist.sees("What should the new agent do?", seconds=LONG)
    typist.settles()
    typist.press("j", "j", ENTER)
    typist.sees("What is it called?")
    typist.settles()
    typist.press("\x15")
    typist.settles()
    typist.press("Mia")
    typist.sees("Mia")
    typist.settles()
    typist.press(ENTER)
    typist.sees("enter Save", seconds=LONG)
    typist.settles(1.0)
    typist.press(ENTER)
    typist.sees("Mia", seconds=LONG)
    typist.sees("n Take on an agent", seconds=LONG)
    typist.settles()


def answer(typist: Typist, question: str, keys: str, review: str) -> None:
    """Enter on a line of a page, an answer, and a look at what it changes."""
    typist.press(ENTER)
    typist.sees(question, seconds=LONG)
    typist.settles()
    typist.press(*keys)
    typist.settles()
    typist.press(ENTER)
    typist.sees(review, seconds=LONG)
    save(typist, "", "enter Save")


def save(typist: Typist, key: str, seen: str) -> None:
    """Ask for the review where it is not there yet, then say yes to it."""
    typist.press(key)
    typist.sees(seen, seconds=LONG)
    typist.settles(1.0)
    typist.press(ENTER)
    typist.sees("tab Next page", seconds=LONG)
    typist.settles()

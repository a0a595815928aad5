"""No text from outside is ever read as markup: only constants may be (safety §10.3)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FILES = sorted((ROOT / "screens").rglob("*.py")) + sorted((ROOT / "lunatui").rglob("*.py"))
TREES = [ast.parse(path.read_text(encoding="utf-8")) for path in FILES]
SHOWS = {"Static", "Label"} | {
    node.name
    for tree in TREES
    for node in ast.walk(tree)
    if isinstance(node, ast.ClassDef)
    and any(getattr(base, "id", "") in ("Static", "Label") for base in node.bases)
    and not any(isinstance(inner, ast.FunctionDef) and inner.name == "__init__" for inner in node.body)
}
"""Widgets of Textual, and ours made like them, that read a text as markup unless they are told not to."""
BUTTONS = ("Button", "Option")
"""The same, and they cannot be told; `Option` of ours is no widget and takes its title as second."""
KNOWN = {"Button", "Input", "Option", "Static", "TextArea", "TextAreaTheme"}
"""Widgets of Textual that this lint knows; another one is to be looked at first."""
READS = ("from_markup", "render_markup", "from_text", "to_content")
TITLES = ("border_title", "border_subtitle", "tooltip")


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            yield name, node


def is_content(node: ast.expr) -> bool:
    """`Content(…)`, `Content.styled(…)`, `Content(…).join(…)` and the like."""
    while isinstance(node, ast.Call | ast.Attribute):
        node = node.func if isinstance(node, ast.Call) else node.value
    return isinstance(node, ast.Name) and node.id == "Content"


def reads_no_markup(call: ast.Call) -> bool:
    return any(
        word.arg == "markup" and isinstance(word.value, ast.Constant) and word.value.value is False
        for word in call.keywords
    )


def trouble(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and what is wrong there."""
    for name, call in calls(tree):
        given = call.args[:1] + [word.value for word in call.keywords if word.arg == "content"]
        if name in SHOWS and not reads_no_markup(call) and not (given and is_content(given[0])):
            yield call.lineno, f"{name}( without markup=False or a Content"
        if name == "notify" and not reads_no_markup(call):
            yield call.lineno, "notify( without markup=False"
        if name in READS and not (given and isinstance(given[0], ast.Constant)):
            yield call.lineno, f"{name}( of a text that is no constant"
    yield from other_doors(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "[@click" in node.value:
            yield node.lineno, "an action in markup"
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            named = [target.attr for target in targets if isinstance(target, ast.Attribute)]
            if any(name in TITLES for name in named) and not (node.value and is_content(node.value)):
                yield node.lineno, "a title that is no Content"


def other_doors(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Buttons, widgets nobody looked at, sub-classes that read markup, and drawing that answers a text."""
    imported = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    textual = [node for node in imported if str(node.module).startswith("textual.widgets")]
    names = {alias.name for node in textual for alias in node.names}
    for node in textual:
        unknown = sorted({alias.name for alias in node.names} - KNOWN)
        if unknown:
            yield node.lineno, f"{', '.join(unknown)}: does it read markup?"
    for name, call in calls(tree):
        if name in BUTTONS and name in names and call.args and not is_content(call.args[0]):
            yield call.lineno, f"{name}( of a text that is no Content"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == "render" and answers_text(node.returns):
            yield node.lineno, "a drawing that may be a text"
        if isinstance(node, ast.ClassDef) and is_reader(node):
            made = [call for name, call in calls(node) if name == "__init__"]
            if made and not any(map(reads_no_markup, made)):
                yield node.lineno, "a sub-class that reads markup"


def answers_text(returns: ast.expr | None) -> bool:
    return returns is None or (isinstance(returns, ast.Name) and returns.id == "str")


def is_reader(node: ast.ClassDef) -> bool:
    return any(getattr(base, "id", "") in ("Static", "Label") for base in node.bases)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_text_is_read_as_markup_unless_it_is_a_constant(path: Path) -> None:
    found = list(trouble(ast.parse(path.read_text(encoding="utf-8"))))
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "Static(name)",
        "Static(f'[b]{name}')",
        "Static(id='x')",
        "Static(name, markup=flag)",
        "self.notify(name)",
        "app.notify(name, markup=True)",
        "Content.from_markup(name)",
        "Text.from_markup(f'[b]{name}[/b]')",
        "self.border_title = name",
        "x = '[@click=app.quit]go[/]'",
        "from textual.widgets import Button\nButton(f'{name}')",
        "from textual.widgets import Button\nButton(words('yes'))",
        "from textual.widgets import Markdown",
        "from textual.widgets.option_list import Option\nOption(str(name))",
        "class X(Static):\n    def __init__(self):\n        super().__init__(id='x')",
        "def render(self): return name",
        "def render(self) -> str: return name",
    ],
)
def test_the_lint_finds_what_it_is_for(source: str) -> None:
    assert list(trouble(ast.parse(source)))


@pytest.mark.parametrize(
    "source",
    [
        "Static(name, markup=False)",
        "Static(Content(name))",
        "Static(Content('\\n').join(lines))",
        "self.notify(name, markup=False, timeout=5)",
        "Content.from_markup('[b]constant[/b]')",
        "self.border_title = Content(name)",
        "from textual.widgets import Button\nButton(Content(name), id='x')",
        "class X(Static):\n    def __init__(self):\n        super().__init__(id='x', markup=False)",
        "def render(self) -> Content: return Content(name)",
    ],
)
def test_the_lint_lets_pass_what_is_right(source: str) -> None:
    assert list(trouble(ast.parse(source))) == []

"""T7, promise 2: we change only what was asked; comments, order, spelling of everything else stay."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.store.document import Document
from appliance.store.edits import MISSING, Edit
from tests.safety import json5_oracle as oracle
from tests.safety.json5_texts import PLAIN, documents, paths
from tests.safety.scale import scale

EXAMPLES = settings(
    max_examples=scale(300, 5_000, 200_000) // 5,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


def with_edit(value: object, path: tuple[str, ...], new: object) -> object:
    """The same edit on plain data, written once more and differently."""
    if not path:
        return new
    head, rest = path[0], path[1:]
    if isinstance(value, list):
        index = int(head)
        if not rest and new is MISSING:
            return value[:index] + value[index + 1 :]
        inner = value[index] if index < len(value) else {}
        return [*value[:index], with_edit(inner, rest, new), *value[index + 1 :]]
    assert isinstance(value, dict)
    others = {key: item for key, item in value.items() if key != head}
    if not rest and new is MISSING:
        return others
    return others | {head: with_edit(value.get(head, {}), rest, new)}


def plain(value: object) -> object:
    """For comparison: `1` and `True` differ, `1` and `1.0` do not."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return ("bool", value) if isinstance(value, bool) else value


@EXAMPLES
@given(documents())
def test_both_readers_agree(text: str) -> None:
    document = Document.parse(text.encode())
    assert plain(document.value) == plain(oracle.read(text).root.value)
    assert document.data.decode() == text


@EXAMPLES
@given(st.data())
def test_an_edit_says_what_it_should_and_keeps_every_comment(data: st.DataObject) -> None:
    text = data.draw(documents())
    before = oracle.read(text)
    path = data.draw(paths(before.root.value))
    value = data.draw(PLAIN)
    after = Document.parse(text.encode()).apply([Edit(path, value)]).data.decode()
    read = oracle.read(after)
    assert plain(read.root.value) == plain(with_edit(before.root.value, path, value))
    old = oracle.find(before.root, path)
    inside = (old.start, old.end) if old else (0, 0)
    outside = Counter(comment for at, comment in before.comments if not inside[0] <= at < inside[1])
    assert not outside - Counter(comment for _, comment in read.comments)


@EXAMPLES
@given(st.data())
def test_a_scalar_is_replaced_in_its_own_span_only(data: st.DataObject) -> None:
    text = data.draw(documents())
    before = oracle.read(text)
    path = data.draw(paths(before.root.value))
    node = oracle.find(before.root, path)
    new = data.draw(st.sampled_from(["new", 7, None, True, "it's"]))
    after = Document.parse(text.encode()).apply([Edit(path, new)]).data.decode()
    if node is None:
        return
    assert after.startswith(text[: node.start])
    assert after.endswith(text[node.end :])


@EXAMPLES
@given(st.data())
def test_something_new_leaves_all_old_text_in_place(data: st.DataObject) -> None:
    text = data.draw(documents())
    before = oracle.read(text)
    path = data.draw(paths(before.root.value))
    if oracle.find(before.root, path) is not None:
        return
    parent_path = path[:-1]
    while oracle.find(before.root, parent_path) is None:
        parent_path = parent_path[:-1]
    parent = oracle.find(before.root, parent_path)
    assert parent is not None
    after = Document.parse(text.encode()).apply([Edit(path, data.draw(PLAIN))]).data.decode()
    children = [child for _, _, child in parent.members] or parent.items
    untouched_front = children[-1].end if children else parent.start + 1
    assert after.startswith(text[:untouched_front])
    assert after.endswith(text[parent.end - 1 :])
    # Between the last child and the closing bracket, the old text is still there, in order.
    middle = text[untouched_front : parent.end - 1]
    grown = after[untouched_front : len(after) - len(text) + parent.end - 1]
    characters = iter(grown)
    assert all(character in characters for character in "".join(middle.split()))


@EXAMPLES
@given(st.data())
def test_a_removal_touches_only_its_own_neighbourhood(data: st.DataObject) -> None:
    text = data.draw(documents())
    before = oracle.read(text)
    path = data.draw(paths(before.root.value))
    node, parent = oracle.find(before.root, path), oracle.find(before.root, path[:-1])
    if node is None or parent is None:
        return
    duplicates = sum(1 for key, _, _ in parent.members if key == path[-1])
    after = Document.parse(text.encode()).apply([Edit(path, MISSING)]).data.decode()
    read = oracle.read(after)
    assert plain(read.root.value) == plain(with_edit(before.root.value, path, MISSING))
    if duplicates > 1:
        return
    children = [child for _, _, child in parent.members] or parent.items
    starts = [start for _, start, _ in parent.members] or [item.start for item in parent.items]
    index = children.index(node)
    front = children[index - 1].end if index else parent.start + 1
    back = starts[index + 1] if index + 1 < len(children) else parent.end - 1
    assert after.startswith(text[:front])
    assert after.endswith(text[back:])
    gone = Counter(comment for _, comment in before.comments) - Counter(
        comment for _, comment in read.comments
    )
    allowed = Counter(comment for at, comment in before.comments if front <= at < back)
    assert not gone - allowed

"""Where in the text one change goes: spans to replace, everything else stays as it is.

A splice is `(start, end, new text)` in characters of the old text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from appliance.store.rendering import Style, render, render_key
from appliance.store.scanner import Container, span
from appliance.store.tokens import COMMENT, Span, skip

if TYPE_CHECKING:
    from appliance.store.scanner import Node

Splice = tuple[int, int, str]

_INDENT = re.compile(r"[ \t]*")
_REST_OF_LINE = re.compile(r"[ \t]*(?:/\*(?:[^*\r\n]|\*(?!/))*+\*/[ \t]*)*(?://[^\r\n]*)?")


def apply_splices(text: str, splices: list[Splice]) -> str:
    """`text` with each span replaced; the spans do not overlap."""
    for start, end, new in sorted(splices, key=lambda splice: splice[:2], reverse=True):
        text = text[:start] + new + text[end:]
    return text


def replacement(text: str, node: Node, value: object, parent: Container, base: Style) -> list[Splice]:
    """Put `value` where `node` stands."""
    start, end = span(node)
    style = _style_inside(text, parent, base)
    if isinstance(node, Container) and node.children:
        style = _style_inside(text, node, base)
    return [(start, end, render(value, style, line_indent(text, start)))]


def insertion(text: str, node: Container, key: str | None, value: object, base: Style) -> list[Splice]:
    """Add a member (or with `key` None an item) behind the last one of `node`."""
    style = _style_inside(text, node, base)
    if not node.children:
        return _first(text, node, key, value, style)
    indent = _member_indent(text, node, style)
    piece = _piece(key, value, style, indent)
    last_end = span(node.children[-1])[1]
    comma = skip(text, last_end)
    trailing = text[comma] == ","
    behind = comma + 1 if trailing else last_end
    if not style.lines:
        gap = style.gap if _holds_gap(text, node) else ""
        new = f"{gap}{piece}," if trailing else f",{gap}{piece}"
        return [(behind, behind, new)]
    line_end = _end_of_line(text, behind, node.end - 1)
    new = style.newline + indent + piece + ("," if trailing else "")
    if trailing or line_end == behind:
        return [(line_end, line_end, new if trailing else "," + new)]
    return [(last_end, last_end, ","), (line_end, line_end, new)]


def removal(text: str, node: Container, index: int) -> list[Splice]:
    """Take member or item `index` out, with its comma, its line and the comment directly above it."""
    start = node.key_starts[index] if node.is_object else span(node.children[index])[0]
    value_end = span(node.children[index])[1]
    comma = skip(text, value_end)
    trailing = text[comma] == ","
    end = comma + 1 if trailing else value_end
    last = index == len(node.children) - 1
    before = _dangling_comma(text, node, index) if last and not trailing else []
    line = _line_start(text, start)
    line_end = _end_of_line(text, end, node.end - 1)
    alone = line > node.start and text[line:start].strip() == "" and _ends_line(text, line_end)
    if alone:
        cut_start = _above_comments(text, _floor(text, node, index), line)
        cut_end = _past_newline(text, line_end)
        if (
            len(node.children) == 1
            and not (text[node.start + 1 : cut_start] + text[cut_end : node.end - 1]).strip()
        ):
            return [(node.start + 1, node.end - 1, "")]
        return [*before, (cut_start, cut_end, "")]
    if len(node.children) == 1 and not (text[node.start + 1 : start] + text[end : node.end - 1]).strip():
        return [(node.start + 1, node.end - 1, "")]
    if trailing:
        start, end = _with_blanks(text, start, end, in_front=last)
    elif before:
        comma, behind, _ = before[0]
        value_end = span(node.children[index - 1])[1]
        if not text[behind:start].strip():
            return [(comma if text[value_end:comma].strip() else value_end, end, "")]
    return [*before, (start, end, "")]


def _with_blanks(text: str, start: int, end: int, *, in_front: bool) -> Span:
    """The blanks that separated a removed member from its neighbour go with it."""
    while in_front and text[start - 1] in " \t":
        start -= 1
    while not in_front and text[end : end + 1] in (" ", "\t"):
        end += 1
    return start, end


def line_indent(text: str, position: int) -> str:
    """The white space the line of `position` begins with."""
    found = _INDENT.match(text, _line_start(text, position))
    return found[0] if found else ""


def _first(text: str, node: Container, key: str | None, value: object, style: Style) -> list[Splice]:
    """Into an empty container, behind the comments it may hold."""
    outer = line_indent(text, node.start)
    inner = text[node.start + 1 : node.end - 1]
    held = inner.rstrip()
    if not style.lines and "\n" not in inner:
        piece = _piece(key, value, style, outer)
        edge = style.gap if key is not None else ""
        lead = f"{inner}" if held else edge
        return [(node.start + 1, node.end - 1, f"{lead}{piece}{edge}")]
    indent = outer + style.unit
    piece = _piece(key, value, style, indent)
    at = node.start + 1 + len(held)
    closing = text[at : node.end - 1] if "\n" in text[at : node.end - 1] else style.newline + outer
    return [(at, node.end - 1, style.newline + indent + piece + closing)]


def _piece(key: str | None, value: object, style: Style, indent: str) -> str:
    rendered = render(value, style, indent)
    return rendered if key is None else f"{render_key(key, style)}{style.colon}{rendered}"


def _style_inside(text: str, node: Container, base: Style) -> Style:
    """How the members of `node` are written; `base` where it has none."""
    if not node.children:
        return base
    first = node.key_starts[0] if node.is_object else span(node.children[0])[0]
    lines = "\n" in text[node.start : first] or "\r" in text[node.start : first]
    quote, colon = base.key_quote, base.colon
    if node.is_object:
        mark = text[node.key_starts[-1]]
        quote = mark if mark in "\"'" else ""
        value_start = span(node.children[-1])[0]
        between = text[node.key_starts[-1] : value_start]
        after = between[between.rindex(":") :] if ":" in between else ""
        colon = after if after and not after.strip(": \t") and len(after) <= len(":  ") else base.colon
    gap = " " if colon != ":" else ""
    text_quote = "'" if quote == "'" else base.text_quote
    return Style(base.newline, base.unit, quote, text_quote, colon, lines, gap)


def _member_indent(text: str, node: Container, style: Style) -> str:
    start = node.key_starts[-1] if node.is_object else span(node.children[-1])[0]
    if text[_line_start(text, start) : start].strip() == "":
        return line_indent(text, start)
    return line_indent(text, node.start) + style.unit


def _holds_gap(text: str, node: Container) -> bool:
    if len(node.children) < 2:
        return True
    comma = skip(text, span(node.children[-2])[1])
    return text[comma + 1 : comma + 2].isspace()


def _dangling_comma(text: str, node: Container, index: int) -> list[Splice]:
    """The comma that would be left behind the member before."""
    if not index:
        return []
    comma = skip(text, span(node.children[index - 1])[1])
    return [(comma, comma + 1, "")]


def _floor(text: str, node: Container, index: int) -> int:
    """Behind the comma or bracket in front of child `index`."""
    return skip(text, span(node.children[index - 1])[1]) + 1 if index else node.start + 1


def _end_of_line(text: str, position: int, limit: int) -> int:
    """Behind the comments that share the line of `position`; `position` when something else does."""
    found = _REST_OF_LINE.match(text, position)
    end = min(found.end() if found else position, limit)
    return end if _ends_line(text, end) and text[position:end].strip() else position


def _ends_line(text: str, position: int) -> bool:
    rest = _INDENT.match(text, position)
    return text[rest.end() if rest else position :][:1] in ("\n", "\r")


def _past_newline(text: str, position: int) -> int:
    rest = _INDENT.match(text, position)
    position = rest.end() if rest else position
    return position + (2 if text.startswith("\r\n", position) else 1)


def _line_start(text: str, position: int) -> int:
    return max(text.rfind("\n", 0, position), text.rfind("\r", 0, position)) + 1


def _above_comments(text: str, floor: int, line: int) -> int:
    """The start of the unbroken block of comments on lines of their own that ends right above `line`.

    `floor` is behind the last token before, so that what stands between is white space and comments only.
    """
    for found in reversed(list(COMMENT.finditer(text, floor, line))):
        begin = _line_start(text, found.start())
        behind = text[found.end() : line]
        if begin < floor or text[begin : found.start()].strip() or behind.strip():
            break
        if len(behind.splitlines()) > 1:
            break
        line = begin
    return line


def base_style(text: str, root: Container) -> Style:
    """The style of the whole text, for places that show none themselves."""
    newline = "\r\n" if "\r\n" in text else "\n"
    whole = Style(newline=newline)
    if not root.children:
        return whole
    style = _style_inside(text, root, whole)
    found = re.search(r"[\r\n]([ \t]+)[^\s/*]", text[root.start : root.key_starts[-1] + 1])
    unit = found[1] if found else whole.unit
    return Style(newline, unit, style.key_quote, style.text_quote, style.colon, style.lines, style.gap)

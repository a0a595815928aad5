"""The text of a message, whatever form its content has (gateway-ops §1.6)."""

from __future__ import annotations

from typing import Any


def text_of(content: Any) -> str:
    """A string as it is, or all text blocks of a list together."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    blocks = [block for block in content if isinstance(block, dict) and block.get("type") == "text"]
    return "".join(block["text"] for block in blocks if isinstance(block.get("text"), str))

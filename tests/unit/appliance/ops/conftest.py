"""A shop for the tests of operations on its history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.appliance.ops.shops import ShopBox, shop_box

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def shop(tmp_path: Path) -> ShopBox:
    """An open shop, at which somebody has looked once."""
    return shop_box(tmp_path)

"""What is remembered of the business: what is left out stays, what is given empty goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.ops.core import Nothing
from appliance.ops.settings import BUSINESS, SHOW, AboutBusiness, Business
from appliance.ops.undo import LAST

if TYPE_CHECKING:
    from tests.unit.appliance.ops.shops import ShopBox


def test_one_fact_is_changed_and_the_others_stay(shop: ShopBox) -> None:
    shop.run(BUSINESS, AboutBusiness(name="Café Rosa", hours="8 to 18", owner="Rosa"))
    assert [change.target for change in shop.plan(BUSINESS, AboutBusiness(hours="9 to 17")).changes] == [
        "business.hours"
    ]
    shop.run(BUSINESS, AboutBusiness(hours="9 to 17"))
    assert shop.run(SHOW, Nothing()) == Business(name="Café Rosa", hours="9 to 17", owner="Rosa")


def test_what_is_given_empty_goes_and_comes_back_by_undo(shop: ShopBox) -> None:
    shop.run(BUSINESS, AboutBusiness(name="Café Rosa", tone="warm"))
    shop.run(BUSINESS, AboutBusiness(tone=""))
    assert shop.run(SHOW, Nothing()) == Business(name="Café Rosa")
    shop.run(LAST, Nothing())
    assert shop.run(SHOW, Nothing()) == Business(name="Café Rosa", tone="warm")

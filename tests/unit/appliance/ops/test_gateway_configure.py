"""What a Gateway lacks is given to it; what somebody chose stays unless they say otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.ops.gateway_configure import CONFIGURE, ConfigureGateway

if TYPE_CHECKING:
    from tests.unit.appliance.ops.shops import ShopBox


def test_another_port_leaves_everything_else_as_it_is(shop: ShopBox) -> None:
    shop.edits(discovery={"mdns": {"mode": "minimal"}})
    done = shop.run(CONFIGURE, ConfigureGateway(port=19002))
    assert done.changed == ("gateway.port",)


def test_nothing_said_changes_no_port(shop: ShopBox) -> None:
    shop.run(CONFIGURE, ConfigureGateway())
    assert shop.value["gateway"]["port"] == 1
    assert shop.value["discovery"]["mdns"]["mode"] == "off"
    assert shop.run(CONFIGURE, ConfigureGateway()).changed == ()


def test_a_new_box_gets_the_usual_port_and_a_token(shop: ShopBox) -> None:
    shop.edits(gateway={})
    shop.run(CONFIGURE, ConfigureGateway(announce=True))
    gateway = shop.value["gateway"]
    assert (gateway["port"], gateway["bind"], gateway["mode"]) == (18789, "loopback", "local")
    assert len(gateway["auth"]["token"]) == 48
    assert shop.value["discovery"]["mdns"]["mode"] == "minimal"

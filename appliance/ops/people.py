"""`people`: who may write on the lines of the shop, who waits for that, and who never may."""

from __future__ import annotations

from appliance.ops import people_asking, people_block, people_store

OPERATIONS = (*people_asking.OPERATIONS, *people_store.OPERATIONS, *people_block.OPERATIONS)

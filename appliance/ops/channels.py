"""`channels`: the lines people write on. The finish of each is a message received and answered."""

from __future__ import annotations

from appliance.ops.channels_add import ADD
from appliance.ops.channels_login import LOGIN
from appliance.ops.channels_look import LIST, SHOW, TEST
from appliance.ops.channels_manifest import MANIFEST
from appliance.ops.channels_policy import POLICY
from appliance.ops.channels_switch import LOGOUT, REMOVE, START, STOP

OPERATIONS = (LIST, SHOW, ADD, REMOVE, TEST, LOGIN, LOGOUT, START, STOP, POLICY, MANIFEST)

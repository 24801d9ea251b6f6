"""The outage generator: plans an outage from a seed, stages it on a stack, and says what one recovery must make of it.

Planning is pure: no clock, no network, no environment. `plan_outage` says what there is, `truth_of` what one complete
recovery must make of it; `staging` puts it where a recovery will find it. An outage can be staged of every contract
that makes sample events; the default contract has events, applications and charges of its own.
"""

from __future__ import annotations

from reclaim.local.outage.mix import EXPECTED, MessageKind, Mix
from reclaim.local.outage.plan import plan_outage
from reclaim.local.outage.planned import Outage
from reclaim.local.outage.truth import truth_of, truth_path, write_truth

__all__ = ["EXPECTED", "MessageKind", "Mix", "Outage", "plan_outage", "truth_of", "truth_path", "write_truth"]

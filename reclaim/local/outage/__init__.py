"""The outage generator: plans an outage from a seed, stages it on a stack, and knows what must become of it.

Planning is pure: no clock, no network, no environment. `plan_outage` says what there is, `truth_of` what one
complete recovery must make of it, `stage` puts it where a recovery will find it.
"""

from __future__ import annotations

from reclaim.local.outage.mix import EXPECTED, Kind, Mix
from reclaim.local.outage.plan import Outage, plan_outage
from reclaim.local.outage.truth import truth_of, truth_path, write_truth

__all__ = ["EXPECTED", "Kind", "Mix", "Outage", "plan_outage", "truth_of", "truth_path", "write_truth"]

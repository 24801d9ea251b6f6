"""What runs: one file per deployment, each body the runbook of one job.

Flows put tasks in order and nothing else: no loop over messages, no call of an SDK, no rules. Those are in `tasks`,
`reclaim.adapters` and `reclaim`.
"""

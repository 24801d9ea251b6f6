"""Watching a dead-letter queue: what is measured, when that is an alarm, and what an alarm sets off.

Pure: a check of a queue is a `reclaim.model.queue_check.QueueCheck`; metrics, breached thresholds and signals are made
from it and from the alarms' notifications. `tasks.watch` and `tasks.alarms` call CloudWatch, SQS, MongoDB and Prefect.
"""

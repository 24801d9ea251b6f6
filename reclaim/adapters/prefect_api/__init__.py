"""Prefect server objects that are provisioned or told: automations, blocks, events."""

"""What is provisioned on or sent to a Prefect server: automations, blocks, events."""

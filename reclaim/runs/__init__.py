"""A run from beginning to end: its owner, approval, event log, summary, sealing, and closing those of others."""

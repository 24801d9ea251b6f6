"""What the flows share: the context of a run, lanes, finalizing, approval, hooks."""

"""What a recovery is: the steps of a batch, decisions, the drain, pacing, the breaker, visibility."""

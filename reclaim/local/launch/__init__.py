"""Programs that run in another environment than Reclaim's; never imported."""

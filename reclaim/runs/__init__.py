"""A run's life: who owns it, approval, summary, sealing."""

"""The ports in memory; they pass the same tests as the real adapters."""

"""The `reclaim` command: thin, no logic of its own. Each command imports what it runs only when it is run."""

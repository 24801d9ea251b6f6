"""Side-by-side measurements. Each is one command and prints a ratio against a named rival in the same run."""

"""What must be true before a recovery is trusted, and who to call where it is not.

Probes read the running system and return plain values; the items here check these values. There is one module for each
part of the system, with what is observed of it and its items; `evaluation` applies all items, `checking` says what
probes are and runs the whole preflight.
"""

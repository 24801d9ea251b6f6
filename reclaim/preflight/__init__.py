"""What must be true before a recovery is trusted, and who to call where it is not.

`adapters.preflight` and `tasks.preflight` look at the running system and tell what they saw, as plain values; the
modules here judge that, and know nothing of how it was seen. One module for each part of the system, each with what
is observed of it and the items that are judged by it; `judgement` puts them together.
"""

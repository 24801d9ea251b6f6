"""Evidence that an auditor can check: what a run left, hashed, signed, and chained to the run before it.

`sealing` closes a run's folder with a `manifest`; `checking` reads a folder and `chain_check` many, offline, and
name what is wrong. Nothing here knows how a run works.
"""

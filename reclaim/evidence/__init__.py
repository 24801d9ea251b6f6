"""Evidence that an auditor can check: what a run left, hashed, signed, and chained to the run before it.

`manifest` is what a run's folder is sealed with (`reclaim.runs.sealing`); `checking` checks one folder and
`chain_check` how several follow one another, offline; `verifying` does both. Nothing here knows how a run works.
"""

"""What must be true of the data after a run: Great Expectations suites as code.

The only importer of `great_expectations`, and a lazy one: that import takes seconds, so it happens inside
`expectations.validation` and not when a flow imports this package. `frames` turns what MongoDB holds after a run
into the two tables of the suites `records` (made from the contract) and `ledger`; `applications`, `charges` and
`reconciliation` are the suites of an audit, whose figures `audit_frames` adds up a second time. `phrases` are the
sentences that suites are made of, `rules` the expectations that Great Expectations lacks; `docs` and `pages` build the
Data Docs.
"""

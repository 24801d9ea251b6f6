"""What must be true of the data after a run: Great Expectations suites as code.

The only importer of `great_expectations`, and a lazy one: that import takes seconds, so it happens inside
`expectations.validation` and not when a flow imports this package. `frames` turns what MongoDB holds after a run
into the two tables that the suites `records` and `ledger` look at; `applications`, `charges` and `reconciliation`
are the suites of an audit, whose figures `audit_frames` adds up a second time. `rules` are the expectations that
Great Expectations lacks; `pages` builds the Data Docs.
"""

"""What must be true of the data after a run: Great Expectations suites as code.

The only importer of `great_expectations`, and a lazy one: that import takes seconds, so it happens inside
`expectations.validation.validate_run` and not when a flow imports this package. `frames` turns what MongoDB
holds into the two tables the suites look at; `clients` and `ledger` are the suites, `rules` the expectations
that Great Expectations lacks; `pages` builds the Data Docs.
"""

"""What finance reads of a reconciliation: a page, two lists of all rows, one list of manual adjustments.

`meanings` says every class in plain words, `settlement` finds the open balances, `adjustments` proposes what to do
about them, `sheets` writes the lists, `statement` adds up what the page shows, `page` renders it, `writer` writes all
of it into the report's folder. `headline` says the audit in one sentence; `terminal` shows it on a terminal, and
`overview` is the table for that and for Prefect.
"""

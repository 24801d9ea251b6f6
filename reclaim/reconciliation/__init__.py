"""The revenue audit: applications against clients against charges, a three-way match. Pure; knows no store.

`model` says what comes out, `tables` what the documents hold, `audit_data` reads them, `frames` says what the tables
hold, `matching` puts every row into one class, `totals` adds the classes up and sets them against what the store
counted by itself, `conclusion` derives the audit's state and exit code.
"""

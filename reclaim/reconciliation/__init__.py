"""The revenue audit: applications against clients against charges, a three-way match. Pure; knows no store.

`model` says what comes out, `frames` what the tables hold, `matching` puts every row into one class, `summing` adds
the classes up, `balancing` sets them against what the store counted by itself, `verdict` says what it comes to.
"""

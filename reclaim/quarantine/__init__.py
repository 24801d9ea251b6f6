"""The quarantine desk: what is in quarantine, how it is mended, and what happens when it is released or written off.

`edits`, `rules` and `casting` change bodies; `selection` and `plan` say what a release would do; `releasing` turns a
quarantined entry into a message that goes through the pipeline like any other; `writing_off` discards.
"""

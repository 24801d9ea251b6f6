"""The quarantine: what is in it, how its messages are repaired, and what happens when they are released or discarded.

`edits`, `rules`, `matching` and `coercion` change bodies; `selection` and `plan` say what a release would do;
`releasing` makes quarantined entries messages that go through the pipeline like any others; `discarding` writes them
off.
"""

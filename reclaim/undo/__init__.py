"""Taking a run back where nothing has built on it since.

`plan` decides, message by message, what can be taken back and what cannot, and why; `steps` carry it out;
`attributions` do both for a backfill; `scope` says which runs can be taken back at all; `model` is what comes of it.

An undo compares states and keeps no list of what it meant to do: a client that is already as it was before the run is
taken back, whoever did it. So a run that was killed in the middle of its undo is undone by asking again.
"""

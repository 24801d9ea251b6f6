"""Taking a run back where nothing has built on it since.

`plan` decides, message by message, what can be taken back and what cannot, and why; `steps` carry it out;
`attributions` does both for a backfill; `scope` says which runs can be taken back at all; `model` holds the values.

An undo compares states and keeps no list of its intentions: a record that is already as it was before the run counts as
taken back, no matter which program did it. So the undo of a run that was killed in the middle is finished by the same
command.
"""

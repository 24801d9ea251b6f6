"""The outside world: the only importers of boto3 and pymongo, and in-memory twins that pass the same tests."""

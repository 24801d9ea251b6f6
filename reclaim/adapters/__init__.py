"""The outside world: the only importers of boto3 and pymongo, and adapters in memory that pass the same tests."""

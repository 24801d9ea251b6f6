"""AWS: the only importers of boto3."""

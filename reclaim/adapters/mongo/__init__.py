"""MongoDB: the only importers of pymongo."""

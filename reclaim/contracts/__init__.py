"""Which events a deployment recovers: a contract is a value, declared in one module."""

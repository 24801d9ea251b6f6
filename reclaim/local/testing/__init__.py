"""What tests of the local stack, and tests that need one, have in common."""

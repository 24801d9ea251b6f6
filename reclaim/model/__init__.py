"""The values that everything speaks of: messages, envelopes, records, ledger entries, outcomes, runs, errors. Pure."""

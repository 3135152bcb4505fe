"""The bytes of what parties hand in: kept by their hash, and copied for showing in a process that may fail."""

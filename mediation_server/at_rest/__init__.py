"""Files encrypted at rest: their format, the keys they lie under, and where plain ones may be for a moment."""

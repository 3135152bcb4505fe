"""Media plane: the engine port and the engines behind it."""

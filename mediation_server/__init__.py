"""The mediation itself: rules, rooms, media, store, court and use cases."""

__version__ = "0.1.0"

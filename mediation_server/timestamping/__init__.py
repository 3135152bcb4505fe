"""Trusted time stamps (可信时间戳, RFC 3161): asking, checking, a test authority; knows no recording."""

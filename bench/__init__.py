"""Benchmarks: each one command that prints its figures as JSON; imported by nothing of the product."""

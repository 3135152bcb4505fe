"""Live sittings in memory: who is where, who may receive whom, and what each person may know."""

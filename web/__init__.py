"""The pages: routes, templates and what browsers load; knows no socket and no media."""

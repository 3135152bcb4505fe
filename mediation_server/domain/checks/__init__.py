"""What somebody typed, one module per kind of datum: each check returns the normal form or raises `BadInput`."""

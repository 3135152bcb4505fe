"""`python -m mediation_server` is the `mediation-server` command."""

from mediation_server.cli import main

if __name__ == "__main__":
    main()

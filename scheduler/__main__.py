"""Lets `python -m scheduler` do what `aftercare` does."""

from scheduler.cli.app import main

if __name__ == "__main__":
    main()

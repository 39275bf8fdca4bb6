"""The command line `aftercare`: one file a noun. Commands parse and print; what they do is in services.

Modules here import at their top only what `aftercare --help` needs; all else is imported by the command that runs.
"""

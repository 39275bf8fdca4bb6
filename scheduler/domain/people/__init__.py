"""Patients, how they can be reached, and what they agreed to."""

"""The only part that speaks SQL: one module an aggregate, its tables beside its queries.

Functions take a `Db` that is bound to one clinic, or to all of them for the few that cross clinics; they return
domain values or frozen read models, never rows.
"""

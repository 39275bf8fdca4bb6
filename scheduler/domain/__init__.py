"""What the product decides, as values and functions of their arguments: no I/O, no clock, no randomness.

`care` turns sessions into a plan, `delivery` says what may happen to a reminder and its message, `people` and
`clinics` hold what both need to know of a patient and of a clinic. Care may use delivery; delivery never uses care.
"""

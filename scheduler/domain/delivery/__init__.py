"""What may happen to a reminder and its message: moves, the gate, retries, outcomes, parts. No planning here."""

"""A clinic as rules see it: its zone, when texts may go, when somebody answers, whom to call."""

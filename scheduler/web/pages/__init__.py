"""Pages for people. What they say is made here; what they do is the services'."""

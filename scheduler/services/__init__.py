"""Use cases, a story each: load, let the domain decide, store. They know no framework, no provider, no engine."""

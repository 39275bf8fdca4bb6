"""The rule engine: sessions and protocols in, one plan per patient out, with a reason for everything in it."""

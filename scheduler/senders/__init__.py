"""Ways out, one file a provider, behind one small Protocol. They're handed in by bootstrap and import no other."""

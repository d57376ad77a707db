"""One file per analysis kind: reads the request, calls the pure analysis, writes the result's files."""

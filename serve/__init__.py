"""The HTTP side of the server: what stands before every request, and how answers travel."""

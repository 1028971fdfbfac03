"""The HTTP side of the server: checks before each request, sign-in, downloads, compression, logs."""

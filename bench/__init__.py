"""Benchmarks: `python -m bench` measures speed; soak.py, fuzz.py, upload.py, documents.py are run separately."""

"""How fast, how long, how much: `python -m bench` measures; soak.py, fuzz.py, upload.py, documents.py run by themselves."""

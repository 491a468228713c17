"""Measures Uitweg against the floor of the machine it runs on: `python -m bench`."""

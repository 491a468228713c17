"""Cases for the demo: invented people whose cases are played by the real processes.

Nothing is inserted. Colleagues of the demo report, claim and fill in through the verbs that the
pages use, and the worker does the rest, on a clock that runs through the past months until now.
What they say stands in the TOML files here; no name, number or address in them is anybody's.
"""

"""Procesregie: the safety house directs who does what for one case."""

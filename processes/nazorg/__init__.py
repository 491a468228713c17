"""Nazorg: a year of contact after care has ended."""

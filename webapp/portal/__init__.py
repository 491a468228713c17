"""Reporting a signal, and what a reporter sees of it afterwards."""

from webapp.portal.views import blueprint

__all__ = ["blueprint"]

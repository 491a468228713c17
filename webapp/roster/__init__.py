"""The piket roster of a house: who is on call, when nobody is, and one's own duties."""

from webapp.roster.views import blueprint

__all__ = ["blueprint"]

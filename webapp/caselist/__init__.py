"""The cases of whoever works on them: what waits first, what was closed, and what they look for."""

from webapp.caselist.views import blueprint

__all__ = ["blueprint"]

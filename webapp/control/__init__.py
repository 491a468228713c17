"""The control room: what stands still, for managers, and what they can do about it."""

from webapp.control.views import blueprint

__all__ = ["blueprint"]

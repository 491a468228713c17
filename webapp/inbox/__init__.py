"""The inbox of the staff: their tasks, and the page on which a task is done."""

from webapp.inbox.views import blueprint

__all__ = ["blueprint"]

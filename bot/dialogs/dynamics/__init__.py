"""A round after a meeting, and how a group moves."""

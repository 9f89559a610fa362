"""What every dialog with a group has in common."""

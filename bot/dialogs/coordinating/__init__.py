"""What coordinators ask for and plan."""

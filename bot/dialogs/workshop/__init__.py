"""The three closing questions of the implementation workshop."""

"""The dilemma game, and a dilemma alone."""

"""Beacons: what everybody, or one centre, gathers around."""

"""Killed, frozen, crashed and lied to: `make chaos`. Every message is accounted for afterwards."""

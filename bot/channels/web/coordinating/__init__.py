"""The pages for coordinators and administrators, under /coordinate. Each family is a module with `ROUTES`; what stands in the
section's own navigation is `frame.SECTIONS`."""

from __future__ import annotations

from bot.channels.web.coordinating import beacons, closed, importing, numbers, overview, people, programmes, status

FAMILIES = (overview, programmes, beacons, status, numbers, closed, people, importing)
ROUTES = [route for family in FAMILIES for route in family.ROUTES]

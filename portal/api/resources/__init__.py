"""One file for each kind of thing that programs read and change."""

from portal.api.resources import (
    alerts,
    areas,
    audit,
    devices,
    figures,
    files,
    people,
    points,
    requests,
    sightings,
    tickets,
)

# In the order in which the description tells of them.
EVERY = tuple(
    one.api for one in (areas, people, requests, tickets, files, devices, points, sightings, alerts, figures, audit)
)

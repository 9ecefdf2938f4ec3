"""Areas, people, requests, devices, authorisations, points, sightings and alerts: rows, commands and queries."""

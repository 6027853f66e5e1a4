"""Tracks: what a vehicle's positions are as data: the form they rest and travel in, thinned lines, distances. Pure."""

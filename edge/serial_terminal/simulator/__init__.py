"""Terminals that are not there: JT/T 808 from the vehicle's side, on routes, through radio holes and on bad lines."""

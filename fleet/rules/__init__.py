"""The regulation as code: order life, queue, offers, roles, vehicles. Standard library only; time is an argument."""

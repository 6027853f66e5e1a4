"""The console script: a table of commands, each building loaded only when its command is called."""

import click


@click.group()
def main() -> None:
    """ortoo: dispatch of official vehicles that works without a link."""

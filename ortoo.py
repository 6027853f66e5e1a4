"""The console script: a table of commands, each building loaded only when its command is called; nothing else.

Rules of this file:
- ``ortoo --help`` imports no building. A row names where its command lives; its help line is a key of the catalogues.
- What goes wrong reaches a person as what, why and what next, never as a stack trace.
- Exit codes: 0 done, 1 refused or failed, 2 called wrongly, 130 interrupted.
"""

import errno
import os
import sys
import zipfile
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import click

from fleet.errors import BadInput, FleetError, NotFound
from fleet.words import Explanation, Words, language_from_environment

# Name on the command line -> where the click command is. Two words make a command of a group.
COMMANDS = {
    "demo": "demo.commands:demo",
    "node": "edge.commands:node",
    "tui": "tui.commands:tui",
    "central": "central.commands:central",
    "enrol request": "edge.enrolment_commands:request",
    "enrol grant": "ortoo:enrol_grant",
    "enrol accept": "edge.enrolment_commands:accept",
    "enrol person": "edge.enrolment_commands:person",
    "enrol propose": "edge.authority_commands:propose",
    "enrol approve": "edge.authority_commands:approve",
    "enrol reject": "edge.authority_commands:reject",
    "enrol list": "edge.authority_commands:list_",
    "enrol roles": "edge.powers_commands:roles",
    "enrol delegate": "edge.powers_commands:delegate",
    "enrol revoke": "edge.powers_commands:revoke",
    "terminal": "edge.serial_terminal.commands:terminal",
    "bundle export": "courier.commands:export",
    "bundle import": "courier.commands:import_",
    "bundle evidence": "courier.commands:evidence",
    "verify": "ortoo:verify",
    "bench": "bench.commands:bench",
}

# A directory with this settings file in it -> the command that verifies it.
VERIFIERS = {"node.toml": "edge.commands:verify", "central.toml": "central.commands:verify"}
BUNDLE_VERIFIER = "courier.commands:verify"
# A zip file is a backup. With this settings file in it -> the command that verifies it, or says what is wrong.
BACKUP_VERIFIERS = {"central.toml": "central.backup_commands:verify", "": "edge.backup_commands:verify"}
ZIP_BEGINS = b"PK\x03\x04"

# The same for who grants what was requested: two people of a unit at its node, or the region's authority at central.
GRANTERS = {"node.toml": "edge.authority_commands:grant", "central.toml": "central.enrolment_commands:grant"}

# Why the system refused -> the key of what to tell. Anything else is `system.other`.
SYSTEM_REFUSALS = {
    errno.ENOENT: "missing",
    errno.ENOTDIR: "not_a_directory",
    errno.EISDIR: "not_a_file",
    errno.EEXIST: "exists",
    errno.EACCES: "not_permitted",
    errno.EPERM: "not_permitted",
    errno.EROFS: "read_only",
    errno.ENOSPC: "disk_full",
    errno.EDQUOT: "disk_full",
    errno.EADDRINUSE: "address_in_use",
    errno.EADDRNOTAVAIL: "address_not_here",
    errno.ECONNREFUSED: "nobody_answers",
    errno.EIO: "device_gone",
    errno.ENXIO: "device_gone",
    errno.ENODEV: "device_gone",
}
CALLED_WRONGLY = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR}

words = Words(language_from_environment(os.environ), "command")


class CommandTable(click.Group):
    """A group whose commands are rows of COMMANDS that begin with `prefix`, loaded when called."""

    def __init__(self, name: str, prefix: str = "") -> None:
        super().__init__(name, help=words(f"help.{name}"), no_args_is_help=True)
        self._rows = {row.removeprefix(prefix): target for row, target in COMMANDS.items() if row.startswith(prefix)}
        self._prefix = prefix

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Answer the names in the table's order, which is the order a unit meets them in."""
        return list(dict.fromkeys(row.partition(" ")[0] for row in self._rows))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the building of `cmd_name`, or answer the group its rows make."""
        if cmd_name in self._rows:
            return load(self._rows[cmd_name])
        prefix = f"{self._prefix}{cmd_name} "
        return CommandTable(cmd_name, prefix) if any(row.startswith(prefix) for row in COMMANDS) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help lines from the catalogue, so that listing the commands loads none of them."""
        with formatter.section(words("help.commands")):
            formatter.write_dl(
                [(name, words(f"help.{f'{self._prefix}{name}'.replace(' ', '.')}")) for name in self.list_commands(ctx)]
            )


def load(target: str) -> click.Command:
    """Import the click command at ``module:attribute``; a part that is not installed is a message, not a trace."""
    module_name, _, attribute = target.partition(":")
    try:
        command = getattr(import_module(module_name), attribute)
    except ModuleNotFoundError as error:
        if not module_name.startswith(error.name or " "):
            raise
        raise click.ClickException(words("absent", part=module_name)) from error
    assert isinstance(command, click.Command), target  # noqa: S101 - a wrong row of COMMANDS, not a person's mistake
    return command


def _file_verifier(file: Path) -> str:
    """The command that verifies a file, by how it begins; nothing that is no plain file is opened here."""
    if not file.is_file():
        return BUNDLE_VERIFIER
    with file.open("rb") as opened:
        if opened.read(len(ZIP_BEGINS)) != ZIP_BEGINS:
            return BUNDLE_VERIFIER
        try:
            names = zipfile.ZipFile(opened).namelist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError):
            names = []
    return next(target for settings, target in BACKUP_VERIFIERS.items() if not settings or settings in names)


@click.command(
    help=words("help.verify_long"), context_settings={"ignore_unknown_options": True, "allow_extra_args": True}
)
@click.argument("directory", metavar="DIRECTORY|BUNDLE", type=click.Path(path_type=Path))
@click.pass_context
def verify(ctx: click.Context, directory: Path) -> object:
    """Hand `directory` to the building whose settings file lies in it, anything else to who knows bundles."""
    verifiers = VERIFIERS if directory.is_dir() else {"": _file_verifier(directory)}
    for settings, target in verifiers.items():
        if not settings or (directory / settings).is_file():
            command = load(target)
            with command.make_context("verify", [str(directory), *ctx.args], parent=ctx.parent) as inner:
                return command.invoke(inner)
    raise click.UsageError(words("verify.neither", directory=directory, settings=" / ".join(VERIFIERS)), ctx)


@click.command(
    help=words("help.enrol.grant_long"), context_settings={"ignore_unknown_options": True, "allow_extra_args": True}
)
@click.argument("directory", type=click.Path(path_type=Path))
@click.pass_context
def enrol_grant(ctx: click.Context, directory: Path) -> object:
    """Hand `directory` to the building whose settings file lies in it; central says what is wrong with any other."""
    target = next((GRANTERS[name] for name in GRANTERS if (directory / name).is_file()), GRANTERS["central.toml"])
    with load(target).make_context(ctx.info_name, [str(directory), *ctx.args], parent=ctx.parent) as inner:
        return inner.command.invoke(inner)


def refuse(explanation: Explanation, exit_code: int) -> NoReturn:
    """Say on standard error what, why and what next, and leave."""
    for line in filter(None, (explanation.what, explanation.why, explanation.next)):
        click.echo(line, err=True)
    sys.exit(exit_code)


def explain_system(error: OSError) -> Explanation:
    """Word what the operating system refused: the file or address it was about, and what to try."""
    key = f"system.{SYSTEM_REFUSALS.get(error.errno or 0, 'other')}"
    subject = error.filename or error.filename2 or words("system.something")
    reason = error.strerror or str(error) or type(error).__name__
    return Explanation(words(f"{key}.what", subject=subject), reason, words(f"{key}.next", subject=subject))


def main() -> None:
    """Run the command line and turn whatever comes out of it into an exit code."""
    cli = CommandTable("ortoo")
    click.version_option(package_name="ortoo", prog_name="ortoo")(cli)
    try:
        answer = cli.main(prog_name="ortoo", standalone_mode=False)
        sys.exit(answer if isinstance(answer, int) else 0)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except FleetError as error:
        refuse(words.explain(error.code, error.facts), 2 if isinstance(error, BadInput | NotFound) else 1)
    except OSError as error:
        refuse(explain_system(error), 2 if error.errno in CALLED_WRONGLY else 1)
    except Exception as error:  # the last door: a fault of ours still owes the person a next step
        if os.environ.get("ORTOO_TRACE"):
            raise
        import traceback

        where = traceback.extract_tb(error.__traceback__)[-1]
        fault = f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"
        refuse(Explanation(words("fault.what"), fault, words("fault.next")), 1)


if __name__ == "__main__":
    main()

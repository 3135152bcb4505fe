"""The `mediation-server` command: demo, serve, verify, evidence, doctor; parses and prints, decides nothing.

A command loads what it needs when it is called: who checks a directory of evidence has no use for a server in memory.
"""

from __future__ import annotations

import asyncio
import resource
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console

from mediation_server.clock import SystemClock
from mediation_server.config import Settings
from mediation_server.errors import MediationError, NotFound, Unavailable
from mediation_server.heap import loading
from mediation_server.logs import configure_logs
from mediation_server.welcome import Shown
from web.i18n import LANGUAGES, translate

__all__ = ["main"]

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="在线调解室")
err = Console(stderr=True)

Standby = Annotated[
    bool, typer.Option("--standby", help="Load everything, and serve as soon as no other with --standby does.")
]


def main() -> None:
    """Run the command line."""
    # What a process has in memory, a caucus among it, is never laid on a disk when it dies; children inherit this.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    configure_logs()
    cli()


@cli.command()
def demo(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON line when ready, for scripts.")] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="TCP port; 0 takes a free one.")] = 8080,
    tls: Annotated[
        bool, typer.Option("--tls", help="Self-signed certificate, reachable from the local network.")
    ] = False,
    seed_date: Annotated[str, typer.Option(help="First-run day of the demo data, YYYY-MM-DD.")] = "",
    standby: Standby = False,
) -> None:
    """A whole mediation on this machine: embedded defaults, demo data, mock court, mock SMS and mail."""
    given: dict[str, object] = {"demo": True, "port": port, "seed_date": seed_date}
    if tls:
        given |= _reachable_with_tls()
    _run(_settings(**given), Shown.AS_JSON if as_json else Shown.WELCOME, standby=standby)


@cli.command()
def serve(*, standby: Standby = False) -> None:
    """The product with the settings of `mediation.toml` and the environment."""
    _run(_settings(), Shown.NOTHING, standby=standby)


@cli.command()
def verify(
    record: Annotated[
        str, typer.Argument(help="Id of a sitting or of a matter, a directory that was exported, or a bundle (.zip).")
    ],
    receipt: Annotated[str, typer.Option(help="The value a party's receipt shows: it must be of this recording.")] = "",
) -> None:
    """Check a sitting's log, evidence, files and manifest, or a matter's log; say what broke, and at which second."""
    try:
        findings = _findings(record, receipt)
    except MediationError as refusal:
        raise _refused(refusal) from None
    for finding in findings:
        print(finding)  # noqa: T201 - this is the command's output
    if findings:
        raise typer.Exit(1)
    _say([f"提示 notice: {each}" for each in _notices(record)])
    print(f"完整性一致 intact: {record}")  # noqa: T201 - this is the command's output


@cli.command()
def evidence(
    record: Annotated[str, typer.Argument(help="Id of a sitting.")],
    directory: Annotated[Path, typer.Argument(help="A directory that does not exist yet.")],
) -> None:
    """Put a sealed recording with its log, keys, time stamps and the verifier for browsers into a directory."""
    from mediation_server import offline

    try:
        asyncio.run(offline.export_evidence(_settings(), SystemClock(), record, directory))
    except MediationError as refusal:
        raise _refused(refusal) from None
    print(f"已导出 exported: {directory}")  # noqa: T201 - this is the command's output


@cli.command()
def rotate_key() -> None:
    """From now on a new key signs recordings; the former one endorses it and its private half is removed."""
    from mediation_server.keyring import KeyRing

    entry = KeyRing(_settings().keys_dir).rotate(SystemClock().now())
    print(f"新密钥 new key: {entry.id}")  # noqa: T201 - this is the command's output


@cli.command()
def encrypt_at_rest() -> None:
    """Encrypt what lies plain from before; may be ended and begun again. The product does it while no room is live."""
    from mediation_server import offline

    try:
        taken = asyncio.run(offline.encrypt_at_rest(_settings(), SystemClock()))
    except MediationError as refusal:
        raise _refused(refusal) from None
    _intact(f"已加密 encrypted: {taken.files} files, {taken.failed} not")
    if taken.failed:
        raise typer.Exit(1)


@cli.command()
def rewrap_keys(
    *,
    remove_former: Annotated[
        bool,
        typer.Option("--remove-former", help="Destroy the former ones here; copies are yours to destroy."),
    ] = False,
) -> None:
    """A new master key wraps every matter's key from now on; the former ones open nothing any more."""
    from mediation_server.at_rest.matter_keys import keys_of

    keys = keys_of(_settings())
    try:
        former = keys.master.ids()
        keys.prepare()
        keys.bring_copy()
        made = keys.master.make()
        done = keys.rewrap()
        needed = keys.shape().wrapped  # another process may have made a key meanwhile
        for each in (each for each in former if remove_former and each not in needed):
            keys.master.remove(each)
    except MediationError as refusal:
        raise _refused(refusal) from None
    except OSError:
        raise _refused(Unavailable("key_copy_away")) from None
    _intact(f"新主密钥 new master key: {made}  {done} keys rewrapped  {keys.master.directory}")
    if former and not remove_former:
        _intact(f"旧主密钥 former ones, not needed any more: {', '.join(former)}")


def _findings(record: str, receipt: str) -> list[str]:
    """An export or a bundle wherever it lies; of this installation only whom it trusts for time stamps is asked."""
    from mediation_server.timestamping.trust import trusted_authorities
    from recordings.verify import Outside
    from recordings.verify_bundle import verify_bundle
    from recordings.verify_export import verify_export

    path = Path(record)
    if not path.exists():
        return asyncio.run(_verified(record, receipt))
    outside = Outside(authorities=trusted_authorities(_settings()), receipt=receipt)
    if path.is_dir():
        return [str(each) for each in verify_export(path, outside)]
    try:
        return verify_bundle(path, outside)
    except OSError as refused:
        raise Unavailable("bundle_disk") from refused


def _notices(record: str) -> list[str]:
    """What to know besides, of what holds."""
    from recordings.verify_bundle import bundle_notices
    from recordings.verify_export import export_notices

    path = Path(record)
    if not path.exists():
        from mediation_server import offline

        return asyncio.run(offline.session_notices(_settings(), SystemClock(), record))
    return [str(each) for each in export_notices(path)] if path.is_dir() else bundle_notices(path)


async def _verified(record: str, receipt: str) -> list[str]:
    from mediation_server import offline

    try:
        return await offline.verify_session(_settings(), SystemClock(), record, receipt)
    except NotFound:
        return await offline.verify_matter(_settings(), record)


@cli.command()
def backup(target: Annotated[Path, typer.Argument(help="Directory in which a new backup is made.")]) -> None:
    """Back up database, recordings, materials and keys while the product runs; say what even the original lacks."""
    from mediation_server.backups.making import back_up

    try:
        made = asyncio.run(back_up(_settings(), target, SystemClock().now()))
    except MediationError as refusal:
        raise _refused(refusal) from None
    listing = made.listing
    _say([f"原数据缺失 lacking: {each}" for each in listing.lacking])
    total = sum(each.bytes for each in listing.files.values())
    print(f"备份完成 backed up: {made.directory}  {len(listing.files)} files, {total} bytes")  # noqa: T201
    _intact(f"密钥不在备份内 keys are not in it: {_settings().matter_keys_dir}, {_settings().master_keys_dir}")
    if listing.lacking:
        raise typer.Exit(1)


@cli.command()
def restore(
    source: Annotated[Path, typer.Argument(help="Directory of one backup.")],
    *,
    check: Annotated[bool, typer.Option("--check", help="Only say whether the backup holds; restore nothing.")] = False,
) -> None:
    """Restore a backup into an empty data directory (and database); refuses one that does not hold."""
    from mediation_server.backups.restoring import backup_findings
    from mediation_server.backups.restoring import restore as restore_into

    try:
        found = backup_findings(source)
        changed = [each for each in found if not each.startswith("lacking")]
        _say(found)
        if changed or check:
            raise typer.Exit(1 if changed else _intact(f"备份完好 the backup holds: {source}"))
        asyncio.run(restore_into(_settings(), source))
        lines = asyncio.run(_all_lines())
    except MediationError as refusal:
        raise _refused(refusal) from None
    _say(lines)
    if lines:
        raise typer.Exit(1)
    _intact(f"恢复完成，核对一致 restored and verified: {source}")


async def _all_lines() -> list[str]:
    from mediation_server import offline

    return [each async for each in offline.verify_all(_settings(), SystemClock())]


def _say(lines: list[str]) -> None:
    for each in lines:
        print(each)  # noqa: T201 - this is the command's output


def _intact(line: str) -> int:
    print(line)  # noqa: T201 - this is the command's output
    return 0


@cli.command("import-bundle")
def import_bundle(
    source: Annotated[Path, typer.Argument(help="A bundle of a matter, as it was downloaded.", exists=True)],
    login: Annotated[str, typer.Option("--for", help="Login name of who answers for it and may read it.")],
    reason: Annotated[str, typer.Option(help="What it is taken in for; it is written into the audit log.")],
    key: Annotated[str, typer.Option(help="Key id the other house publishes; without it any key will do.")] = "",
) -> None:
    """Take a matter of another house in, read-only: everything in it is checked first, and nothing is half done."""
    from mediation_server import offline

    try:
        wish = offline.ImportWish(login, reason, key)
        made = asyncio.run(offline.import_bundle(_settings(), SystemClock(), source, wish))
    except MediationError as refusal:
        raise _refused(refusal) from None
    _intact(f"已移入，核对一致 taken in and verified: {made.ref}  {made.court}  /imported/{made.id}  key {made.key}")


@cli.command("check-bundle")
def check_bundle(source: Annotated[Path, typer.Argument(help="A bundle of a matter, as it was downloaded.")]) -> None:
    """Check every file of a bundle against its list; say which is changed, missing or unknown."""
    from mediation_server.bundles import bundle_findings

    try:
        found = bundle_findings(source)
    except MediationError as refusal:
        raise _refused(refusal) from None
    _say(found)
    if found:
        raise typer.Exit(1)
    _intact(f"完整性一致 intact: {source}")


@cli.command()
def doctor() -> None:
    """List what this machine lacks, and what to do about it."""
    from mediation_server.doctor import examine
    from mediation_server.media.embedded.accelerator import media_path

    settings = _settings()
    compiled = media_path(accelerate=settings.accelerator == "auto").compiled
    print("媒体转发 media path:", "编译 compiled" if compiled else "Python")  # noqa: T201 - this is the command's output
    _intact(f"主密钥，分开保管 master keys, to be kept apart: {settings.master_keys_dir}")
    _intact(f"事项密钥 matters' keys: {settings.matter_keys_dir}")
    lacking = examine(settings)
    for line in lacking:
        print(line)  # noqa: T201 - this is the command's output
    if lacking:
        raise typer.Exit(1)
    print("一切就绪 nothing is missing")  # noqa: T201 - this is the command's output


def _settings(**given: object) -> Settings:
    """Settings or the end of the program with one sentence that says what to do."""
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as problem:
        first = problem.errors()[0]
        where = "_".join(str(part) for part in first["loc"]).upper()
        err.print(
            f"[red]MEDIATION_{where}[/]: {first['msg']}. Mend it in mediation.toml or the environment.", soft_wrap=True
        )
        raise typer.Exit(2) from None


def _refused(refusal: MediationError) -> typer.Exit:
    """Say why in both languages; the end of the program."""
    said = "  ".join(translate(refusal.code, language, refusal.details) for language in LANGUAGES)
    err.print(f"[red]{refusal.code}[/]: {said}", soft_wrap=True)
    return typer.Exit(2)


def _reachable_with_tls() -> dict[str, object]:
    from mediation_server.certificate import lan_address, self_signed

    address = lan_address()
    directory = _settings().data_dir
    certificate, key = self_signed(Path(directory), address, SystemClock().now())
    return {"host": "0.0.0.0", "public_ip": address, "tls_certificate": certificate, "tls_key": key}  # noqa: S104


def _run(settings: Settings, shown: Shown, *, standby: bool) -> None:
    """Load the product, wait for its turn where it stands by, and run it until a signal ends it."""
    with loading():
        from mediation_server.serving import run
        from mediation_server.standby import our_turn

    try:
        with our_turn(settings.data_dir) if standby else nullcontext():
            asyncio.run(run(settings, shown))
    except MediationError as refusal:
        raise _refused(refusal) from None

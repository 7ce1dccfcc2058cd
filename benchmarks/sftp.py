"""Fetching one large file, beside OpenSSH's own sftp: same file, same sshd, same machine, one after the other.

    python -m benchmarks.sftp [--mb 300] [--rounds 5]

Each round fetches with ours, with `sftp` as it comes, and with `sftp` on the cipher that ours agreed on; the order
turns from round to round. Connecting counts for all three, and all three write the file to the same folder. The ratio
is OpenSSH's time through ours: more than 1 means that ours is faster. To reach: 0.8 (DESIGN, section 9).
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib.metadata
import os
import platform
import pwd
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from exchange.intake import sftp
from exchange.settings import SftpHost

SSHD, SFTP = Path("/usr/sbin/sshd"), Path("/usr/bin/sftp")
HOST = "127.0.0.1"
NAME = "large.csv"
MEGABYTE = 1_000_000


def main(arguments: list[str] | None = None) -> int:
    """Measures and prints; 0 when every copy was whole."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.sftp", description="SFTP fetch beside OpenSSH's sftp.")
    options.add_argument("--mb", type=int, default=300, help="size of the file in MB (default 300)")
    options.add_argument("--rounds", type=int, default=5, help="how often each is measured (default 5)")
    chosen = options.parse_args(arguments)
    if not (SSHD.exists() and SFTP.exists()):
        _say("OpenSSH's sshd and sftp are needed (Debian: openssh-server, openssh-client).")
        return 1
    with tempfile.TemporaryDirectory() as name, _sshd(Path(name)) as host:
        folder = Path(name)
        digest = _make_file(folder / NAME, chosen.mb * MEGABYTE)
        times = _measure(folder, host, digest, rounds=chosen.rounds)
    _show(times, chosen.mb)
    return 0


def _measure(folder: Path, host: SftpHost, digest: str, *, rounds: int) -> dict[str, list[float]]:
    """Seconds of each contender in each round."""
    with sftp.session(host, source="benchmark") as session:
        agreed = session.negotiated
    _say(f"ours uses {agreed.cipher}, {agreed.kex}")
    contenders: dict[str, Callable[[Path], None]] = {
        "ours": lambda copy: _ours(folder, host, copy),
        "sftp": lambda copy: _theirs(folder, host, copy),
        f"sftp -c {agreed.cipher}": lambda copy: _theirs(folder, host, copy, "-c", agreed.cipher),
    }
    names = list(contenders)
    times: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            copy = folder / "copy"
            started = time.perf_counter()
            contenders[name](copy)
            times[name].append(time.perf_counter() - started)
            if _digest(copy) != digest:
                sys.exit(f"{name} did not fetch the file whole")
            copy.unlink()
    return times


def _ours(folder: Path, host: SftpHost, copy: Path) -> None:
    with sftp.session(host, source="benchmark") as session, copy.open("wb") as file:
        session.fetch(str(folder), session.stat(str(folder), NAME), file.write)


def _theirs(folder: Path, host: SftpHost, copy: Path, *options: str) -> None:
    given = {
        "UserKnownHostsFile": host.known_hosts,
        "GlobalKnownHostsFile": "/dev/null",
        "StrictHostKeyChecking": "yes",
        "IdentitiesOnly": "yes",
        "BatchMode": "yes",
    }
    subprocess.run(
        [
            SFTP, "-q", "-F", "none", *options, "-P", str(host.port), "-i", host.private_key,
            *(part for name, value in given.items() for part in ("-o", f"{name}={value}")),
            f"{host.username}@{HOST}:{folder / NAME}", copy,
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip


def _show(times: dict[str, list[float]], megabytes: int) -> None:
    ours = statistics.median(times["ours"])
    _say(f"{'':32} {'median s':>9} {'best s':>8} {'MB/s':>7} {'ratio':>6}   each round")
    for name, seconds in times.items():
        median = statistics.median(seconds)
        each = " ".join(f"{second:.2f}" for second in seconds)
        _say(f"{name:32} {median:9.2f} {min(seconds):8.2f} {megabytes / median:7.0f} {median / ours:6.2f}   {each}")
    told = subprocess.run(["ssh", "-V"], capture_output=True, text=True, check=True).stderr.strip()
    paramiko = importlib.metadata.version("paramiko")
    _say(
        f"{megabytes} MB, Python {platform.python_version()}, paramiko {paramiko}, {told}, "
        f"{os.cpu_count()} cores, {platform.machine()}, load {os.getloadavg()[0]:.1f}"
    )


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _make_file(path: Path, size: int) -> str:
    """A file that does not compress, and its SHA-256."""
    with path.open("wb") as file:
        for done in range(0, size, MEGABYTE):
            file.write(os.urandom(min(MEGABYTE, size - done)))
    return _digest(path)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def _sshd(folder: Path) -> Iterator[SftpHost]:
    """OpenSSH's sshd on a free port, for the user who runs this, with keys of its own."""
    for key in ("host_key", "lvws"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / key], check=True)
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    (folder / "known_hosts").write_text(f"[{HOST}]:{port} {(folder / 'host_key.pub').read_text()}")
    lines = (
        f"Port {port}", f"ListenAddress {HOST}", f"HostKey {folder / 'host_key'}", "PidFile none", "UsePAM no",
        f"AuthorizedKeysFile {folder / 'lvws.pub'}", "StrictModes no", "PermitRootLogin prohibit-password",
        "Subsystem sftp internal-sftp", "",
    )  # fmt: skip
    (folder / "sshd_config").write_text("\n".join(lines))
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    process = subprocess.Popen([SSHD, "-D", "-f", folder / "sshd_config", "-E", folder / "sshd.log"])
    try:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
                break
            time.sleep(0.05)
        yield SftpHost(
            host=HOST,
            port=port,
            username=pwd.getpwuid(os.geteuid()).pw_name,
            private_key=folder / "lvws",
            known_hosts=folder / "known_hosts",
        )
    finally:
        process.terminate()
        process.wait(10)


if __name__ == "__main__":
    sys.exit(main())

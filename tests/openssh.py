"""OpenSSH's own sshd, started as the user who runs the tests, with its own configuration and keys."""

from __future__ import annotations

import contextlib
import os
import pwd
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import Server
from tests.ssh_keys import HOST, Keys

SSHD = Path("/usr/sbin/sshd")


def need_sshd() -> None:
    """Skips the test where sshd is not installed; fails it where LVWS_REQUIRE_SSHD=1 says that it must be."""
    if SSHD.exists():
        return
    if os.environ.get("LVWS_REQUIRE_SSHD") == "1":
        pytest.fail("OpenSSH's sshd is not installed (Debian: openssh-server)")
    pytest.skip("OpenSSH's sshd is not installed (Debian: openssh-server)")


@contextlib.contextmanager
def openssh_server(folder: Path, *options: str) -> Iterator[Server]:
    """sshd on a free port. There is no chroot, so folders of a session are paths of this machine under `server.root`.

    `options` are further lines of sshd_config; of a keyword given twice sshd takes the first, which is theirs.
    """
    need_sshd()
    keys, root, port = Keys(folder), folder / "files", _free_port()
    root.mkdir(exist_ok=True)
    host_key = folder / "host_key"
    host_key.write_bytes(keys.host_key.export_private_key())
    host_key.chmod(0o600)
    (folder / "authorized_keys").write_bytes(keys.user_key.export_public_key())
    config = folder / "sshd_config"
    config.write_text(
        "\n".join(
            (
                *options,
                f"Port {port}",
                f"ListenAddress {HOST}",
                f"HostKey {host_key}",
                f"AuthorizedKeysFile {folder / 'authorized_keys'}",
                "PidFile none",
                "UsePAM no",
                "StrictModes no",
                "PermitRootLogin prohibit-password",
                "Subsystem sftp internal-sftp",
                "",
            )
        )
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # sshd insists on it when it may separate privileges
    log = folder / "sshd.log"
    process = subprocess.Popen([SSHD, "-D", "-f", config, "-E", log], stdin=subprocess.DEVNULL)
    try:
        _wait_for(port, process, log)
        yield Server(port, pwd.getpwuid(os.geteuid()).pw_name, keys.private_key, keys.known_hosts(port), root)
    finally:
        process.terminate()
        process.wait(10)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    ends = time.monotonic() + 10
    while time.monotonic() < ends and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError(f"sshd did not start: {log.read_text() if log.exists() else 'no log'}")

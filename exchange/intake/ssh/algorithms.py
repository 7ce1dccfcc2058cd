"""Which SSH algorithms are allowed, what a server offers, and what a connection ended up with (hazards F03 to F05)."""

from __future__ import annotations

from dataclasses import dataclass

# Allowed, best first. paramiko 5.1 would still offer CBC, 3DES, MD5 and SHA-1 (hazards F03); a list of what is
# allowed also keeps out whatever a later paramiko adds. GCM first: it is not open to Terrapin, and it is the fastest.
CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes256-ctr", "aes192-ctr", "aes128-ctr")
MACS = ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512")
KEY_EXCHANGES = (
    "mlkem768x25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group-exchange-sha256",
    "diffie-hellman-group14-sha256",
)
HOST_KEY_TYPES = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
)


@dataclass(frozen=True)
class Offered:
    """What a server offers, in its own order; kept beside what is allowed for lvws doctor."""

    key_exchanges: tuple[str, ...] = ()
    host_key_types: tuple[str, ...] = ()
    ciphers: tuple[str, ...] = ()
    macs: tuple[str, ...] = ()

    def lacks(self) -> str:
        """The first kind of algorithm of which nothing that is offered is allowed, or "" when there is none."""
        for kind, offered, allowed in (
            ("key exchange", self.key_exchanges, KEY_EXCHANGES),
            ("host key", self.host_key_types, HOST_KEY_TYPES),
            ("cipher", self.ciphers, CIPHERS),
            ("MAC", self.macs, MACS),
        ):
            if not set(offered) & set(allowed):
                return kind
        return ""


@dataclass(frozen=True)
class Negotiated:
    """What one connection is protected with; recorded in the ledger (hazards F03, F04)."""

    cipher: str
    mac: str  # "implicit" where the cipher authenticates by itself
    kex: str
    host_key_type: str
    fingerprint: str  # SHA256:..., as ssh-keygen -l shows it
    strict_kex: bool

    @property
    def summary(self) -> str:
        """All of it in one line, for the ledger."""
        strict = "strict" if self.strict_kex else "not strict"
        return f"{self.kex} ({strict}) {self.host_key_type} {self.fingerprint} {self.cipher} {self.mac}"


def signatures(key_type: str) -> tuple[str, ...]:
    """The signature algorithms of a type of key: an RSA key signs with SHA-2 here, whatever its name in the file."""
    if key_type == "ssh-rsa":
        return ("rsa-sha2-512", "rsa-sha2-256")
    return (key_type,) if key_type in HOST_KEY_TYPES else ()

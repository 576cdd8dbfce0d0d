"""Run a program where folders lie at paths that this host does not have: a program of its own.

    python -I -S enter.py ROOT MARK NETWORK PROGRAM COUNT (SOURCE TARGET rw|ro){COUNT} WORD...

It makes a mount namespace (mount_namespaces(7); with a user namespace where it is not root) whose
root is a new tmpfs on the folder ROOT: every entry of the host's root is bound into it, directories
on the way to a TARGET are made anew, and each TARGET is its SOURCE. Then it becomes PROGRAM with
WORDs as its arguments, in the same directory. Nothing of this is seen outside, and nothing is left
of it when the last process inside ends. MARK is the name of the tmpfs in /proc/PID/mountinfo.
NETWORK is `host`, or `none` for a loopback of its own.

It imports few modules and none of ours, for it runs before every step.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

_CLONE_NEWNS = 0x00020000
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_MS_RDONLY = 0x1
_MS_REMOUNT = 0x20
_MS_BIND = 0x1000
_MS_REC = 0x4000
_MS_PRIVATE = 0x40000
_MNT_DETACH = 0x2
_KEPT_FLAGS = 0x2 | 0x4 | 0x8 | 0x400 | 0x800  # nosuid, nodev, noexec, noatime, nodiratime
_SIOCGIFFLAGS = 0x8913
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 0x1
_CANNOT_ENTER = 125
_NOT_EXECUTABLE = 126

_LIBC = ctypes.CDLL(None, use_errno=True)

Bind = tuple[str, str, bool]
"""Source, target, and whether it is read-only."""


def main(arguments: Sequence[str]) -> int:
    """Enter and become the program; an exit code only when that fails."""
    root, mark, network, program, count, *rest = arguments
    end = 3 * int(count)
    texts, words = rest[:end], rest[end:]
    binds = [(texts[n], texts[n + 1], texts[n + 2] == "ro") for n in range(0, end, 3)]
    try:
        _enter(root, mark, binds, own_network=network == "none")
    except OSError as error:
        sys.stderr.write(f"localcloud: cannot mount the disks of this step: {error}\n")
        return _CANNOT_ENTER
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # which Python ignores
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execv(program, words)  # noqa: S606 (the purpose of this program)
    except OSError as error:
        sys.stderr.write(f"localcloud: program {words[0]!r} cannot be run: {error}\n")
    return _NOT_EXECUTABLE


def _enter(root: str, mark: str, binds: Sequence[Bind], *, own_network: bool) -> None:
    here = os.getcwd()  # noqa: PTH109 (pathlib takes as long to load as all the rest)
    _unshare(_CLONE_NEWNS | (_CLONE_NEWNET if own_network else 0))
    if own_network:
        _raise_loopback()
    _mount("none", "/", None, _MS_REC | _MS_PRIVATE)
    _mount(mark, root, "tmpfs", 0, "mode=755")
    canonical = sorted((_canonical(target), source, ro) for source, target, ro in binds)
    outer = [target for target, _, _ in canonical if not _is_inside(target, canonical)]
    _mirror("/", root, outer)
    for target, source, _ in canonical:
        _bind(source, root + target)
    for target, _, read_only in canonical:
        if read_only:
            _make_read_only(root + target)
    os.chdir(root)
    _check(_LIBC.pivot_root(b".", b"."), root)
    _check(_LIBC.umount2(b".", _MNT_DETACH), "the old root")
    _check(_LIBC.umount2(os.fsencode(root), _MNT_DETACH), root)  # bound with the host's folders
    os.chdir(here)


def _canonical(target: str) -> str:
    """The target with the links of the host on the way to it followed."""
    parent, name = os.path.split(os.path.normpath("/" + target.lstrip("/")))
    return os.path.join(os.path.realpath(parent), name)  # noqa: PTH118 (as above)


def _is_inside(target: str, binds: Sequence[tuple[str, str, bool]]) -> bool:
    return any(target.startswith(other + "/") for other, _, _ in binds)


def _mirror(folder: str, root: str, targets: Sequence[str]) -> None:
    """Bind what `folder` of the host holds into the new root, but make anew what leads to targets.

    `folder` exists in the new root. An entry that cannot be bound, such as a mount whose server is
    gone, stays empty: the step need not need it.
    """
    base = "" if folder == "/" else folder
    ways = {t[len(base) + 1 :].split("/")[0] for t in targets if t.startswith(base + "/")}
    for name in _entries(folder):
        if name not in ways:
            try:
                _copy(f"{base}/{name}", f"{root}{base}/{name}")
            except OSError:
                continue
    for name in sorted(ways):
        way = f"{base}/{name}"
        if way not in targets:
            os.mkdir(root + way)  # noqa: PTH102 (as above)
            _mirror(way, root, targets)


def _entries(folder: str) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 (as above)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _copy(path: str, place: str) -> None:
    """Show an entry of the host under `place`."""
    if os.path.islink(path):  # noqa: PTH114 (as above)
        os.symlink(os.readlink(path), place)  # noqa: PTH115, PTH211 (as above)
    else:
        _bind(path, place)


def _bind(source: str, place: str) -> None:
    """Bind a file or folder; `place` is made if it does not exist."""
    if os.path.isdir(source):  # noqa: PTH112 (as above)
        os.makedirs(place, exist_ok=True)  # noqa: PTH103 (as above)
    elif not os.path.exists(place):  # noqa: PTH110 (as above)
        os.close(os.open(place, os.O_CREAT | os.O_WRONLY, 0o600))
    _mount(source, place, None, _MS_BIND | _MS_REC)


def _make_read_only(place: str) -> None:
    """Flags that the file system has already must be kept, or the kernel refuses."""
    kept = os.statvfs(place).f_flag & _KEPT_FLAGS
    _mount("none", place, None, _MS_BIND | _MS_REMOUNT | _MS_RDONLY | kept)


def _unshare(flags: int) -> None:
    """Leave the host's namespaces; as an ordinary user by way of a user namespace."""
    user, group = os.geteuid(), os.getegid()
    if _LIBC.unshare(flags) == 0:
        return
    _check(_LIBC.unshare(flags | _CLONE_NEWUSER), "a user namespace")
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123 (as above)
            file.write(text)


def _raise_loopback() -> None:
    """Bring up `lo`, which is down in a new network namespace (netdevice(7))."""
    import fcntl  # noqa: PLC0415 (seldom needed)
    import socket  # noqa: PLC0415
    import struct  # noqa: PLC0415

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(control, _SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))


def _mount(source: str, place: str, kind: str | None, flags: int, data: str = "") -> None:
    done = _LIBC.mount(
        os.fsencode(source),
        os.fsencode(place),
        kind.encode() if kind else None,
        ctypes.c_ulong(flags),
        data.encode(),
    )
    _check(done, place)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The machine of the WiFi lab: a Debian kernel and the few programs an access point and a phone need.

Everything comes out of Debian packages that apt fetches into a folder of ours and verifies as always; nothing is
installed, and no root is needed. The result is kept in `$XDG_CACHE_HOME/netreg-lab` under a hash of what makes it.
"""

from __future__ import annotations

import fcntl
import hashlib
import lzma
import os
import platform
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.lab.cpio import Archive
from tests.lab.firewall import LabError, run

KERNEL = "linux-image-amd64"
PACKAGES = ("dash", "busybox-static", "openssh-server", "hostapd", "wpasupplicant", "iw", "iproute2", "util-linux")
PROGRAMS = ("dash", "busybox", "sshd", "hostapd", "hostapd_cli", "wpa_supplicant", "wpa_cli", "iw", "ip", "flock")
NOT_UNPACKED = re.compile(
    r"(linux-image|perl|libperl|dpkg|gcc|debconf|readline-common)"
)  # large, and nothing in them runs
MODULES = ("virtio_pci", "virtio_net", "virtio_rng", "virtio_console", "bridge", "veth",
           "ccm", "gcm", "cmac", "ctr", "mac80211_hwsim")  # fmt: skip
KERNEL_PARTS = ("net", "drivers/net", "drivers/virtio", "drivers/char", "crypto", "arch", "lib")
LIBRARIES = "usr/lib/x86_64-linux-gnu"
LOADER = "lib64/ld-linux-x86-64.so.2"
XZ = b"\xfd7zXZ\x00"
SIGNED, SIGNATURE_HEADER = (
    b"~Module signature appended~\n",
    12,
)  # struct module_signature: its last four bytes are a length


class ImageUnavailable(LabError):
    """The packages cannot be had here, for example without a network."""


def image() -> Path:
    """A folder with `vmlinux` and `programs.cpio`, built the first time; ImageUnavailable if apt cannot fetch.

    Several processes may ask at once: one builds, the others wait for it.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "netreg-lab"
    cache.mkdir(parents=True, exist_ok=True)
    ready = cache / f"wifi-{_key()}"
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists():
            for abandoned in cache.glob("building-*"):  # by a builder that was killed: the lock is ours
                shutil.rmtree(abandoned)
            with tempfile.TemporaryDirectory(dir=cache, prefix="building-") as work:
                _build(Path(work)).rename(ready)
    return ready


def _key() -> str:
    """What the image depends on that is known before anything is fetched: how it is made, and for which Debian."""
    made_by = [Path(__file__), Path(__file__).with_name("cpio.py")]
    release = platform.freedesktop_os_release()
    debian = f"{release['ID']} {release.get('VERSION_CODENAME', '')}".encode()
    return hashlib.sha256(b"".join([*(file.read_bytes() for file in made_by), debian])).hexdigest()[:16]


def _build(work: Path) -> Path:
    packages = _fetch(work)
    root, kernel, ready = (work / name for name in ("root", "kernel", "ready"))
    for folder in (root, kernel, ready):
        folder.mkdir()
    for package in packages:
        if package.name.startswith("linux-image"):
            _unpack_kernel(package, kernel)
        elif not NOT_UNPACKED.match(package.name):
            run("dpkg-deb", "-x", str(package), str(root))
    (ready / "vmlinux").write_bytes(_vmlinux(kernel))
    with (ready / "programs.cpio").open("wb") as out:
        archive = Archive(out)
        _add_programs(archive, root)
        _add_modules(archive, kernel)
        archive.close()
    return ready


# --- packages ---------------------------------------------------------------------------------------------------------


def _fetch(work: Path) -> list[Path]:
    """The packages and all they depend on. apt is told of a machine that has nothing yet, so it leaves nothing out."""
    state, archives = work / "apt", work / "archives"
    (state / "lists" / "partial").mkdir(parents=True)
    (archives / "partial").mkdir(parents=True)
    (state / "status").touch()
    options = [f"Dir::State={state}", f"Dir::State::status={state / 'status'}", f"Dir::Cache={work}",
               f"Dir::Cache::archives={archives}", "APT::Sandbox::User=", "APT::Update::Post-Invoke-Success::=true",
               "Acquire::Languages=none"]  # fmt: skip
    options = [word for option in options for word in ("-o", option)]
    try:
        run("apt-get", *options, "-qq", "update")
        depends = run("apt-cache", *options, "depends", KERNEL)
        run("apt-get", *options, "-qqy", "--no-install-recommends", "--download-only", "install", *PACKAGES)
        named = re.search(r"Depends: (linux-image-\d\S*)", depends)
        (archives / "kernel").mkdir()
        subprocess.run(
            ["apt-get", *options, "-qq", "download", named[1] if named else KERNEL], cwd=archives, check=True
        )
    except (LabError, subprocess.CalledProcessError) as error:
        raise ImageUnavailable(f"apt cannot fetch what the WiFi lab is made of: {error}") from error
    return sorted(archives.glob("*.deb"))


def _find(root: Path, program: str) -> Path:
    for folder in ("usr/sbin", "usr/bin", "sbin", "bin"):
        if (root / folder / program).is_file():
            return root / folder / program
    raise LabError(f"no {program} in the packages of the WiFi lab")


def _add_programs(archive: Archive, root: Path) -> None:
    for name in ("bin", "sbin", "lib", "lib64"):
        archive.link(name, f"usr/{name}")
    found = {program: _find(root, program) for program in PROGRAMS}
    for path in found.values():
        archive.file(f"usr/{path.parent.name}/{path.name}", path.read_bytes(), 0o755)
    for library in sorted({one for path in found.values() for one in _libraries(root, path)}):
        archive.file(f"{LIBRARIES}/{library.name}", library.read_bytes(), 0o755)
    archive.file(f"usr/{LOADER}", (root / LOADER).read_bytes(), 0o755)
    archive.link("usr/bin/sh", "dash")
    for applet in run(str(found["busybox"]), "--list").split():
        if applet not in {*PROGRAMS, "sh"}:
            archive.link(f"usr/bin/{applet}", "busybox")


def _libraries(root: Path, program: Path) -> Iterator[Path]:
    """The libraries a program is linked with, as the packages' own loader finds them in the packages."""
    if program.name == "busybox":  # linked statically
        return
    where = ":".join(str(root / folder) for folder in (LIBRARIES, LIBRARIES.removeprefix("usr/")))
    listed = run(str(root / LOADER), "--inhibit-cache", "--library-path", where, "--list", str(program))
    for found in re.findall(r"=> (\S+)", listed):
        if not found.startswith(f"{root}/"):
            raise LabError(f"{program.name} needs {found}, which no package of the WiFi lab has")
        yield Path(found)


# --- kernel -----------------------------------------------------------------------------------------------------------


def _unpack_kernel(package: Path, kernel: Path) -> None:
    wanted = ["./boot/vmlinuz*", "./lib/modules/*/modules.builtin"]
    wanted += [f"./lib/modules/*/kernel/{part}/*" for part in KERNEL_PARTS]
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(package)], stdout=subprocess.PIPE) as unpacking:
        subprocess.run(["tar", "-x", "-C", str(kernel), "--wildcards", *wanted], stdin=unpacking.stdout, check=True)


def _vmlinux(kernel: Path) -> bytes:
    """The kernel without its compression: emulated, unpacking itself would take longer than the rest of its start."""
    packed = next(kernel.glob("boot/vmlinuz*")).read_bytes()
    start = packed.find(XZ)
    if start < 0:
        raise LabError("the kernel is not packed with xz; the WiFi lab knows no other way")
    return lzma.LZMADecompressor().decompress(packed[start:])


def _add_modules(archive: Archive, kernel: Path) -> None:
    """The modules and those they need, with their order in a file: the machine loads them without looking for any."""
    files = {_module(path.name): path for path in kernel.glob("lib/modules/*/kernel/**/*.ko*")}
    builtin = {
        _module(Path(line).name) for line in next(kernel.glob("lib/modules/*/modules.builtin")).read_text().split()
    }
    order: dict[str, bytes] = {}

    def add(name: str) -> None:
        if name in order or name in builtin:
            return
        if name not in files:
            raise LabError(f"no module {name} in the kernel's package")
        data = files[name].read_bytes()
        data = lzma.decompress(data) if data.startswith(XZ) else data
        needs = re.search(rb"\0depends=([^\0]*)\0", data)
        for needed in needs[1].decode().split(",") if needs and needs[1] else []:
            add(_module(needed))
        order[name] = _unsigned(data)

    for name in MODULES:
        add(name)
    for name, data in order.items():
        archive.file(f"modules/{name}.ko", data)
    archive.file("modules/order", "".join(f"{name}\n" for name in order).encode())


def _unsigned(module: bytes) -> bytes:
    """A module without the signature at its end: checking it takes an emulated processor a tenth of a second each."""
    if not module.endswith(SIGNED):
        return module
    end = len(module) - len(SIGNED)
    return module[: end - SIGNATURE_HEADER - int.from_bytes(module[end - 4 : end], "big")]


def _module(file: str) -> str:
    return file.split(".")[0].replace("-", "_")

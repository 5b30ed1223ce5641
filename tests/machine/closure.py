# SPDX-License-Identifier: Apache-2.0
# What a job needs from the host, under the same paths: files, the links on the way, interpreters, libraries.
import os, re, shutil, stat, struct, subprocess

PT_INTERP = 3


def has_interpreter(data):
    """Whether an ELF64 image asks for a dynamic linker; anything else, our guests included, is taken as it is."""
    if data[:5] != b"\x7fELF\x02" or len(data) < 64:
        return False
    start, = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    if not size or start + size * count > len(data):
        return False
    return any(data[start + i * size:][:4] == struct.pack("<I", PT_INTERP) for i in range(count))


class Closure:
    def __init__(self):
        self.entries = {}  # path -> (kind, data, mode); a folder always stands before what is in it
        self.dynamic = []

    def _put(self, path, kind, data=b"", mode=0o755):
        self.entries.setdefault(path, (kind, data, mode))

    def resolve(self, path):
        """Brings the folders and links that lead to `path`; returns where it really is."""
        here, rest = "/", os.path.join(os.getcwd(), path).split("/")
        while rest:
            name = rest.pop(0)
            if name in ("", "."):
                continue
            if name == "..":
                here = os.path.dirname(here)
                continue
            there = os.path.join(here, name)
            if os.path.islink(there):
                target = os.readlink(there)
                self._put(there, "link", target)
                rest = target.split("/") + rest
                here = "/" if target.startswith("/") else here
                continue
            here = there
            if os.path.isdir(here):
                self._put(here, "folder")
        return here

    def file(self, path):
        real = self.resolve(path)
        if real in self.entries or real.startswith(("/proc/", "/sys/", "/dev/")):
            return
        with open(real, "rb") as file:
            data = file.read()
        mode = stat.S_IMODE(os.stat(real).st_mode)
        self._put(real, "file", data, mode)
        if has_interpreter(data):
            self.dynamic.append(real)
        elif data[:2] == b"#!" and mode & 0o111:
            self._script(data[2:200].split(b"\n")[0].decode(errors="replace").split())

    def _script(self, words):
        for word in words[:1]:
            if os.path.exists(word):
                self.file(word)
        if words and os.path.basename(words[0]) == "env":
            for word in words[1:]:
                if not word.startswith("-") and shutil.which(word):
                    self.file(shutil.which(word))

    def tree(self, path):
        top = self.resolve(path)
        for folder, names, files in os.walk(top):
            self.entries[folder] = ("folder", b"", stat.S_IMODE(os.stat(folder).st_mode))
            for name in names + files:
                one = os.path.join(folder, name)
                if os.path.islink(one):
                    self._put(one, "link", os.readlink(one))
                elif os.path.isfile(one):
                    self.file(one)

    def folder(self, path):
        """Makes a folder as on the host, empty; what is none there is made one."""
        real, parts = self.resolve(path), []
        while real not in self.entries and real != "/":
            parts.append(real)
            real = os.path.dirname(real)
        for real in reversed(parts):
            self._put(real, "folder")

    def libraries(self):
        """Programs that are linked dynamically bring what the host's own linker gives them."""
        if not self.dynamic:
            return
        done = subprocess.run(["ldd", *self.dynamic], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for path in re.findall(r"(?:=> |^\s+)(/\S+) \(0x", done.stdout, re.M):
            self.file(path)

    def pack(self, archive):
        self.libraries()
        for path, (kind, data, mode) in self.entries.items():
            if kind == "folder":
                archive.folder(path, mode)
            elif kind == "link":
                archive.link(path, data)
            else:
                archive.file(path, data, mode)

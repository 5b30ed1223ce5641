# SPDX-License-Identifier: Apache-2.0
# Writes the newc archives that Linux unpacks as its first file system. Same input, same bytes.
import stat


class Archive:
    """An archive is a list of byte strings; several archives one after another are one file system."""

    def __init__(self):
        self.parts = []
        self.inode = 0

    def _entry(self, path, mode, data):
        # Fields of newc, 8 hexadecimal digits each: ino mode uid gid nlink mtime size dev dev rdev rdev namesize check.
        # Inodes only tell hard links apart and every link count is 1; times are 0 so that exact runs repeat.
        self.inode += 1
        name = path.strip("/").encode("utf-8", "surrogateescape") + b"\0"
        fields = (self.inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
        head = b"070701" + b"".join(b"%08x" % field for field in fields) + name
        self.parts += [head, bytes(-len(head) % 4), data, bytes(-len(data) % 4)]

    def folder(self, path, mode=0o755):
        self._entry(path, stat.S_IFDIR | mode, b"")

    def link(self, path, target):
        self._entry(path, stat.S_IFLNK | 0o777, target.encode("utf-8", "surrogateescape"))

    def file(self, path, data, mode=0o644):
        self._entry(path, stat.S_IFREG | mode, data)

    def write(self, out):
        self._entry("TRAILER!!!", 0, b"")
        out.writelines(self.parts)

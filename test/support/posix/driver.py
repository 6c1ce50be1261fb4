"""
Does file operations in its working directory, in the order in which they are asked for.

Each line of stdin is a JSON list of operations, `["verb", argument, ...]`; each line of stdout the list
of their results: what the call gave, or `{"error": "ENOENT"}`. Results hold nothing that must differ
between two file systems: no inode numbers, no moments, no sizes of directories.

Open files have slots (small numbers). A verb on an empty slot gives "no file", so that random
sequences need no bookkeeping. Written bytes are given as text, or as `[seed, length]` (see `fill`).
"""

import ctypes
import errno
import hashlib
import json
import mmap
import os
import shutil
import socket
import stat
import struct
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
AT_FDCWD = -100
CLOCK_REALTIME_COARSE = 5
OLD = 1_577_836_800  # 2020: times before it were set by a test, later ones are the clock's.

slots = {}
moments = {}


class EmptySlot(Exception):
    pass


def fd_of(slot):
    if slot not in slots:
        raise EmptySlot
    return slots[slot]


def fill(content):
    """Bytes that differ from place to place, so that misplaced ones show."""
    if isinstance(content, str):
        return content.encode()
    seed, length = content
    period = bytes((seed * 31 + i * 7) % 251 for i in range(251))
    return (period * (length // 251 + 1))[:length]


def show(data):
    """Short contents as text, long ones by length and digest."""
    if len(data) <= 40:
        return data.decode('latin1')
    return f'{len(data)} bytes, {hashlib.md5(data).hexdigest()[:12]}'


def flags_of(names):
    value = 0
    for name in names.split('|'):
        value |= getattr(os, name)
    return value


def refuse_directory(found):
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, 'a file is wanted')


def show_time(nanoseconds):
    return nanoseconds if nanoseconds < OLD * 10**9 else 'recent'


def show_stat(found):
    kind = stat.S_IFMT(found.st_mode)
    shown = {
        'type': stat.filemode(found.st_mode)[0],
        'mode': oct(stat.S_IMODE(found.st_mode)),
        'mtime': show_time(found.st_mtime_ns),
    }
    if kind == stat.S_IFREG:
        shown['size'] = found.st_size
        if tells_links:
            shown['nlink'] = found.st_nlink
    if tells_owners:
        shown['owner'] = f'{found.st_uid}:{found.st_gid}'
    return shown


tells_links = '--links' in sys.argv
tells_owners = '--owners' in sys.argv
verbs = {}


def verb(function):
    verbs[function.__name__] = function
    return function


def check(result):
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


# Open files.


@verb
def open_(slot, path, flags, mode=0o644):
    opened = os.open(path, flags_of(flags), mode)
    close(slot)
    slots[slot] = opened


@verb
def close(slot):
    if slot in slots:
        os.close(slots.pop(slot))


@verb
def read(slot, length):
    return show(os.read(fd_of(slot), length))


@verb
def write(slot, content):
    return os.write(fd_of(slot), fill(content))


@verb
def pread(slot, length, offset):
    return show(os.pread(fd_of(slot), length, offset))


@verb
def pwrite(slot, content, offset):
    return os.pwrite(fd_of(slot), fill(content), offset)


@verb
def lseek(slot, offset, whence):
    # Positions in a directory mean nothing.
    if stat.S_ISDIR(os.fstat(fd_of(slot)).st_mode):
        return 'directory'
    return os.lseek(fd_of(slot), offset, getattr(os, whence))


@verb
def ftruncate(slot, size):
    # Whether a truncation to the size that a file has changes its times differs from system to system.
    if size >= 0 and os.fstat(fd_of(slot)).st_size == size:
        return 'same size'
    os.ftruncate(fd_of(slot), size)


@verb
def fallocate(slot, mode, offset, length):
    check(libc.fallocate(fd_of(slot), mode, ctypes.c_long(offset), ctypes.c_long(length)))


@verb
def posix_fallocate(slot, offset, length):
    os.posix_fallocate(fd_of(slot), offset, length)


@verb
def copy_range(source, target, length, source_offset, target_offset):
    source, target = fd_of(source), fd_of(target)
    copied = 0
    # The kernel may copy less than asked for at any time.
    while copied < length:
        places = source_offset + copied, target_offset + copied
        count = os.copy_file_range(source, target, length - copied, *places)
        if count == 0:
            break
        copied += count
    return copied


@verb
def map_read(slot):
    file = fd_of(slot)
    size = os.fstat(file).st_size
    if size == 0:
        return ''
    with mmap.mmap(file, size, access=mmap.ACCESS_READ) as mapped:
        return show(mapped[:])


@verb
def map_write(slot, content, offset):
    file = fd_of(slot)
    size = os.fstat(file).st_size
    if offset >= size:
        return 'behind the end'
    with mmap.mmap(file, size) as mapped:
        data = fill(content)[: size - offset]
        mapped[offset : offset + len(data)] = data
        mapped.flush()


@verb
def fsync(slot):
    os.fsync(fd_of(slot))


@verb
def fdatasync(slot):
    os.fdatasync(fd_of(slot))


@verb
def fstat(slot):
    return show_stat(os.fstat(fd_of(slot)))


@verb
def fchmod(slot, mode):
    os.fchmod(fd_of(slot), mode)


@verb
def fchown(slot, uid, gid):
    os.fchown(fd_of(slot), uid, gid)


@verb
def futimens_file(slot, atime, mtime):
    refuse_directory(os.fstat(fd_of(slot)))
    futimens(slot, atime, mtime)


@verb
def futimens(slot, atime, mtime):
    os.utime(fd_of(slot), ns=(atime, mtime))


@verb
def is_open(path):
    """Whether a slot holds the file of this name, or any file below it."""
    found = os.lstat(path)
    names = [path]
    if stat.S_ISDIR(found.st_mode):
        names = [os.path.join(at, name) for at, _, files in os.walk(path) for name in files]
    there = {os.lstat(name).st_ino for name in names}
    return any(os.fstat(file).st_ino in there for file in slots.values())


# Names.


@verb
def create(path, content='', mode=0o644):
    file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
    try:
        os.write(file, fill(content))
    finally:
        os.close(file)


@verb
def overwrite(path, content):
    with open(path, 'wb') as file:
        file.write(fill(content))


@verb
def content(path):
    with open(path, 'rb') as file:
        return show(file.read())


@verb
def stat_(path):
    return show_stat(os.stat(path))


@verb
def lstat(path):
    return show_stat(os.lstat(path))


@verb
def access(path, mode):
    return os.access(path, mode, effective_ids=True)


@verb
def same_file(one, other):
    return os.path.samefile(one, other)


@verb
def truncate(path, size):
    if size >= 0 and os.stat(path).st_size == size:
        return 'same size'
    os.truncate(path, size)


@verb
def mkdir(path, mode=0o755):
    os.mkdir(path, mode)


@verb
def mknod(path, kind, mode=0o644):
    types = {'f': stat.S_IFREG, 'p': stat.S_IFIFO, 's': stat.S_IFSOCK, 'c': stat.S_IFCHR}
    os.mknod(path, types[kind] | mode, os.makedev(1, 3) if kind == 'c' else 0)


@verb
def bind(path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)


@verb
def symlink(target, path):
    os.symlink(target, path)


@verb
def readlink(path):
    return os.readlink(path)


@verb
def link(existing, path, follow=False):
    flags = 0x400 if follow else 0
    old, new = os.fsencode(existing), os.fsencode(path)
    check(libc.linkat(AT_FDCWD, old, AT_FDCWD, new, flags))


@verb
def unlink(path):
    os.unlink(path)


@verb
def rmdir(path):
    os.rmdir(path)


@verb
def rename(old, new):
    os.rename(old, new)


@verb
def renameat2(old, new, flags):
    check(libc.renameat2(AT_FDCWD, os.fsencode(old), AT_FDCWD, os.fsencode(new), flags))


@verb
def listdir(path):
    return sorted(os.listdir(path))


# Reading an open directory.


def read_names(fd, size=65536):
    """One getdents64(2): names, each with the position behind it. Those of the dots are left out."""
    buffer = ctypes.create_string_buffer(size)
    length = check(libc.getdents64(fd, buffer, ctypes.c_size_t(size)))
    found = []
    at = 0
    while at < length:
        _, position, record, _ = struct.unpack_from('=QqHB', buffer, at)
        name = os.fsdecode(ctypes.string_at(ctypes.addressof(buffer) + at + 19))
        found.append((name, position))
        at += record
    return found, length == 0


def rest_of(fd, size=65536):
    found = []
    while True:
        some, is_end = read_names(fd, size)
        if is_end:
            return [(name, position) for name, position in found if name not in ('.', '..')]
        found += some


@verb
def rewind(slot):
    os.lseek(fd_of(slot), 0, os.SEEK_SET)


@verb
def names(slot):
    """Of the open directory, from where it is to the end."""
    return sorted(name for name, _ in rest_of(fd_of(slot)))


@verb
def remove_while_reading(path, size, lists):
    """Removes each name as it is read, in small pieces; with `lists` others list it meanwhile."""
    removed = []
    directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        while True:
            some, is_end = read_names(directory, size)
            if is_end:
                return [sorted(removed), os.listdir(path)]
            for name, _ in some:
                if name in ('.', '..'):
                    continue
                os.unlink(os.path.join(path, name))
                removed.append(name)
            if lists:
                os.listdir(path)
    finally:
        os.close(directory)


@verb
def seek_names(path, size):
    """Whether reading goes on behind each name from the position that was told with it."""
    directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        found = rest_of(directory, size)
        for index, (_, position) in enumerate(found):
            os.lseek(directory, position, os.SEEK_SET)
            if rest_of(directory, size) != found[index + 1 :]:
                return f'not behind {index} of {len(found)}'
        return 'each'
    finally:
        os.close(directory)


@verb
def chmod(path, mode):
    os.chmod(path, mode)


@verb
def chown(path, uid, gid):
    os.chown(path, uid, gid)


@verb
def lchown(path, uid, gid):
    os.lchown(path, uid, gid)


@verb
def utime(path, atime, mtime):
    os.utime(path, ns=(atime, mtime))


@verb
def utime_file(path, atime, mtime):
    refuse_directory(os.stat(path))
    utime(path, atime, mtime)


@verb
def lutime(path, atime, mtime):
    os.utime(path, ns=(atime, mtime), follow_symlinks=False)


@verb
def utimensat(path, atime, mtime):
    """With `now` (0x3fffffff) and `omit` (0x3ffffffe) as nanoseconds."""
    special = {'now': 0x3FFFFFFF, 'omit': 0x3FFFFFFE}

    def pair(value):
        return [0, special[value]] if value in special else [value // 10**9, value % 10**9]

    times = (ctypes.c_long * 4)(*pair(atime), *pair(mtime))
    check(libc.utimensat(AT_FDCWD, os.fsencode(path), times, 0))


@verb
def tree(path='.'):
    """Everything below a directory, contents included."""
    found = {}
    for at, directories, files in os.walk(path):
        for name in directories + files:
            place = os.path.join(at, name)
            shown = lstat(place)
            if shown['type'] == '-':
                shown['content'] = content(place)
            if shown['type'] == 'l':
                shown['target'] = os.readlink(place)
            found[os.path.relpath(place, path)] = shown
    return found


# Times, who asks, and where.


@verb
def remember(*paths):
    """Notes the times of files, and waits until the clock of files has gone on."""
    for path in paths:
        moments[path] = os.lstat(path)
    began = time.clock_gettime_ns(CLOCK_REALTIME_COARSE)
    while time.clock_gettime_ns(CLOCK_REALTIME_COARSE) <= began:
        pass


@verb
def changed(path, now=None):
    """Which times went on since `remember`; `now`: the file's name meanwhile."""
    before, after = moments[path], os.lstat(now or path)
    fields = ('st_mtime_ns', 'st_ctime_ns')
    return [f[3:8] for f in fields if getattr(after, f) > getattr(before, f)]


@verb
def become(uid, gid, *groups):
    """From now on as this user; only root can, and comes back with `become 0 0`."""
    os.seteuid(0)
    os.setgroups(groups)
    os.setegid(gid)
    os.seteuid(uid)


@verb
def umask(mask):
    os.umask(mask)


@verb
def chdir(path):
    os.chdir(path)


home = os.getcwd()


@verb
def begin(name):
    """Goes to a new directory, as at the start: root, no open files, the usual umask."""
    if os.getuid() == 0:
        become(0, 0)
    os.umask(0o022)
    for slot in list(slots):
        close(slot)
    moments.clear()
    os.chdir(home)
    os.makedirs(name, exist_ok=True)
    os.chdir(name)


@verb
def empty():
    """Removes all that is in the working directory."""
    for entry in os.scandir('.'):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)


def perform(name, *arguments):
    function = verbs.get(name) or verbs[f'{name}_']
    try:
        return function(*arguments)
    except EmptySlot:
        return 'no file'
    except OSError as failure:
        return {'error': errno.errorcode[failure.errno]}


if __name__ == '__main__':
    for line in sys.stdin:
        results = [perform(*operation) for operation in json.loads(line)]
        print(json.dumps(results, sort_keys=True), flush=True)

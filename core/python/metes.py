# SPDX-License-Identifier: Apache-2.0
"""Metes for Python: the proven memory layout of a micro-VM, over libmetes.so.0 by ctypes.

    import metes
    l = metes.layout(metes.profile("hyperlight"), code_size=4096)
    print(hex(l.peb_gpa), hex(l.scratch_gva))

    g = metes.Guest(open("guest.elf", "rb").read())      laid out and filled, in memory that KVM can be given
    for slot in g.slots(): print(slot)
    g.read(g.layout.peb_gpa, 64)

What is refused raises metes.Refused, which says the status by its name, and how much was too much. The structures are
those of metes.h, field by field; METES_LIBRARY names another library.
"""
import ctypes
import mmap
import os

STATUS = """
    ok profile options permissions scratch_too_big scratch_too_small memory_too_big scratch_unaligned
    overlap_gpa overlap_gva pt_too_big pt_unaligned pt_overlap_gpa pt_overlap_gva reserved buffer length limits
    slot_budget slot_number slot_flags slot_empty slot_unaligned slot_pages slot_gpa slot_host slot_reserved
    slot_twice slot_overlap slot_lengths unmapped elf_short elf_magic elf_class elf_type elf_machine
    elf_headers elf_interp elf_segments elf_empty elf_file_size elf_file_range elf_address elf_overlap
    elf_flags elf_entry elf_image pt_pool map_flags map_unaligned map_gva map_gpa map_twice map_full walk_large
    walk_link stack stack_full element stack_empty link prefix slot_kept slot_unknown no_table mapping_count
    mapping_full mapping_place mapping_label mapping_pages mapping_end snapshot_short snapshot_magic
    snapshot_version snapshot_size snapshot_checksum snapshot_field snapshot_entry snapshot_stack read_only
    walk_reserved message_short message_length message_kind message_code message_name mapping_room
""".split()
PROFILES = ("hyperlight", "nub", "i686")
PLACES = ("none", "null_guard", "code", "peb", "heap", "init_data", "snapshot_pt", "input", "output", "scratch_pt",
          "free")
READ, WRITE, EXECUTE = 1, 2, 4
FILE_MAPPINGS, EXECUTABLE_HEAP = 1, 2
PAGE = 4096

_lib = ctypes.CDLL(os.environ.get("METES_LIBRARY", "libmetes.so.0"))


def _fields(**kinds):
    """Fields by their kinds, u16 to u64, in order: `u64="gpa size", u32="flags"`; a kind's second turn has a `_`."""
    return [(name, getattr(ctypes, "c_uint" + kind.strip("u_"))) for kind, names in kinds.items()
            for name in names.split()]


class Struct(ctypes.Structure):
    """A structure that shows its values, addresses and sizes as hexadecimal."""

    def __repr__(self):
        def shown(value):
            return hex(value) if isinstance(value, int) else repr(list(value) if hasattr(value, "__len__") else value)
        return f"{type(self).__name__}({', '.join(f'{n}={shown(getattr(self, n))}' for n, _ in self._fields_)})"


class Error(Struct):
    _fields_ = _fields(u64="requested limit", u32="index")


class Range(Struct):
    _fields_ = _fields(u64="start end")


class Profile(Struct):
    _fields_ = _fields(u64="snapshot_gpa snapshot_gva last_gpa last_gva max_size alignment",
                       u32="n_reserved") + [("reserved", Range * 8)]


class Config(Struct):
    _fields_ = _fields(u64="code_size heap_size init_data_size input_data_size output_data_size scratch_size pt_size",
                       u32="init_data_permissions options")


class Layout(Struct):
    _fields_ = _fields(
        u64="code_size heap_size init_data_size input_data_size output_data_size scratch_size pt_size",
        u32="init_data_permissions options",
        u64_="peb_offset heap_offset init_data_offset memory_size snapshot_size pt_scratch_offset snapshot_gpa peb_gpa"
             " heap_gpa init_data_gpa memory_end_gpa scratch_gpa pt_gpa free_gpa snapshot_gva peb_gva heap_gva"
             " init_data_gva scratch_gva output_gva")


class Segment(Struct):
    _fields_ = _fields(u64="offset file_offset file_size mem_size", u32="flags")


class Image(Struct):
    _fields_ = _fields(u64="entry span", u32="n") + [("segments", Segment * 16)]


class Memory(Struct):
    _fields_ = [("layout", Layout), ("snapshot", ctypes.c_void_p), ("scratch", ctypes.c_void_p)]


class Entry(Struct):
    _fields_ = _fields(u64="cr3 rip rsp rdi rsi rdx rcx rflags")


class Peb(Struct):
    _fields_ = _fields(u64="input_size input_gva output_size output_gva init_data_size init_data_gva heap_size heap_gva"
                           " file_mapping_count file_mappings_gva")


class Region(Struct):
    _fields_ = _fields(u64="start end", u32="flags type")


class Mapping(Struct):
    _fields_ = _fields(u64="gva gpa pages", u32="flags")


class PageTables(Struct):
    _fields_ = _fields(u64="base_gpa", u16="n used")


class Memslot(Struct):
    _fields_ = _fields(u32="slot flags", u64="gpa size host")


class Limits(Struct):
    _fields_ = _fields(u64="gpa_end host_end", u32="max_slots n_reserved") + [("reserved", Range * 8)]


class Refused(ValueError):
    """What core refused: `status` is a name of STATUS; requested, limit and index are as metes.h says of it."""

    def __init__(self, status, error):
        self.status, self.requested, self.limit, self.index = STATUS[status], error.requested, error.limit, error.index
        super().__init__(f"{self.status}: requested {self.requested:#x}, limit {self.limit:#x}, index {self.index}")


def _ask(name, *arguments):
    """Calls a function that answers a status and takes an error last. Structures go by reference, numbers as u64."""
    error = Error()
    status = getattr(_lib, name)(*map(_passed, arguments), ctypes.byref(error))
    if status:
        raise Refused(status, error)


def _passed(value):
    """As C has it: a structure or an array by its address, a number as 64 bits, bytes and pointers as they are."""
    if isinstance(value, int):
        return ctypes.c_uint64(value)
    return ctypes.byref(value) if isinstance(value, (ctypes.Structure, ctypes.Array)) else value


def _value(name, kind, *arguments):
    """Calls a function that answers a value."""
    function = getattr(_lib, name)
    function.restype = kind
    return function(*map(_passed, arguments))


def profile(name="hyperlight", reserved=()):
    """An address space that ships, with guest-physical ranges (start, end) that nothing may touch."""
    p = Profile()
    _ask("metes_profile_builtin", PROFILES.index(name), p)
    for start, end in reserved:
        _ask("metes_profile_reserve", p, start, end)
    return p


def flaw(p):
    """0, or the number of the first clause PRO-n that a profile breaks."""
    return _value("metes_profile_flaw", ctypes.c_uint32, p)


def config(**asked):
    """The defaults, but for what is asked: the fields of Config."""
    c = Config()
    _lib.metes_config_default(ctypes.byref(c))
    for name, value in asked.items():
        if name not in dict(Config._fields_):
            raise TypeError(f"a configuration has no {name}")
        setattr(c, name, value)
    return c


def layout(p, c=None, **asked):
    """Where everything lies in profile p."""
    l = Layout()
    _ask("metes_layout_compute", p, c or config(**asked), l)
    return l


def regions(l):
    """The regions that tile the snapshot's memory."""
    found = (Region * 4)()
    return list(found[:_value("metes_regions", ctypes.c_uint32, l, found)])


def peb(l):
    """What the guest is told."""
    return _value("metes_peb_of", Peb, l)


def place_of(l, gpa=None, gva=None):
    """The name of what lies at an address, in the space that it is given for."""
    if (gpa is None) == (gva is None):
        raise TypeError("an address is given as gpa= or as gva=")
    name, at = ("metes_place_of_gva", gva) if gpa is None else ("metes_place_of_gpa", gpa)
    return PLACES[_value(name, ctypes.c_int, l, at)]


def limits(gpa_bits=36, max_slots=32, host_end=1 << 47):
    """What a host allows."""
    return Limits(gpa_end=1 << gpa_bits, host_end=host_end, max_slots=max_slots)


def check(slots, m=None):
    """Holds anybody's plan, Memslots, against KVM's rules; raises for the first slot that breaks one."""
    _ask("metes_plan_check", (Memslot * len(slots))(*slots), ctypes.c_uint32(len(slots)), m or limits())


class Guest:
    """An image, laid out and filled in memory of this process: code and page tables as large as it needs."""

    def __init__(self, image, p=None, **asked):
        self.profile, self.image, self.layout = p or profile(), Image(), Layout()
        _ask("metes_elf_parse", image, len(image), self.profile.snapshot_gva, ctypes.c_uint32(0), self.image)
        c = config(**asked | {"code_size": self.image.span, "pt_size": 0})
        pages = _value("metes_pt_pages_needed", ctypes.c_uint64, layout(self.profile, c))
        c.pt_size = -(-pages * PAGE // self.profile.alignment) * self.profile.alignment
        self.layout = l = layout(self.profile, c)
        self._maps = [mmap.mmap(-1, n) for n in (l.snapshot_size, l.scratch_size)]
        self.snapshot, self.scratch = (ctypes.addressof(ctypes.c_char.from_buffer(m)) for m in self._maps)
        self.memory = Memory(l, self.snapshot, self.scratch)
        self._fill(image)

    def _fill(self, image):
        l, snapshot, scratch = self.layout, ctypes.c_void_p(self.snapshot), ctypes.c_void_p(self.scratch)
        _ask("metes_elf_load", self.image, image, len(image), snapshot, l.snapshot_size)
        _ask("metes_peb_write", l, snapshot, l.snapshot_size)
        n = l.pt_size // PAGE
        pt, tables = PageTables(), ctypes.c_void_p(self.snapshot + l.memory_size)
        level, parent = (ctypes.c_uint8 * n)(), (ctypes.c_uint32 * n)()
        _ask("metes_pt_init", pt, tables, level, parent, n, l.pt_gpa)
        _lib.metes_mapping_of.restype = Mapping
        for k in range(_value("metes_mapping_count", ctypes.c_uint32, self.image)):
            m = _lib.metes_mapping_of(ctypes.byref(l), ctypes.byref(self.image), ctypes.c_uint32(k))
            error = Error()
            if status := _lib.metes_pt_map(*map(_passed, (pt, tables, level, parent)), m, ctypes.byref(error)):
                raise Refused(status, error)
        _ask("metes_scratch_init", l, 0, scratch, l.scratch_size)
        _ask("metes_scratch_copy_pt", l, snapshot, l.snapshot_size, scratch, l.scratch_size)

    def slots(self, m=None):
        """The two memory slots, as KVM_SET_USER_MEMORY_REGION takes their bytes."""
        plan = (Memslot * 2)()
        _ask("metes_plan_layout", self.layout, self.snapshot, self.scratch, m or limits(), plan)
        return list(plan)

    def entry(self):
        """The registers to begin with."""
        return _value("metes_entry_of", Entry, self.layout,
                      _value("metes_image_entry", ctypes.c_uint64, self.layout, self.image))

    def read(self, gpa, n):
        """n bytes of the guest's memory, by guest-physical address."""
        to = (ctypes.c_uint8 * n)()
        _ask("metes_gpa_read", self.memory, gpa, to, n)
        return bytes(to)

    def write(self, gpa, data):
        """Writes the guest's scratch, by guest-physical address."""
        _ask("metes_gpa_write", self.memory, gpa, data, len(data))

    def read_virtual(self, cr3, gva, n):
        """n bytes by guest-virtual address, through the page tables at cr3."""
        to, done = (ctypes.c_uint8 * n)(), ctypes.c_uint64()
        _ask("metes_gva_read", self.memory, cr3, gva, to, n, ctypes.byref(done))
        return bytes(to)

// SPDX-License-Identifier: Apache-2.0
// Core's public headers in Rust: written by ../generate, not by hand. The headers are the manual.
use core::ffi::c_uint;

pub const METES_PAGE_SIZE: u64 = 0x1000;
pub const METES_ALIGN_16K: u64 = 0x4000;
pub const METES_ALIGN_2M: u64 = 0x200000;
pub const METES_MAX_RESERVED: u32 = 8;
pub const METES_MAX_REGION_SIZE: u64 = 0x3fffffff000;
pub const METES_READ: u32 = 1;
pub const METES_WRITE: u32 = 2;
pub const METES_EXECUTE: u32 = 4;
pub const METES_OPT_FILE_MAPPINGS: u32 = 1;
pub const METES_OPT_EXECUTABLE_HEAP: u32 = 2;
pub const METES_DEFAULT_BUFFER_SIZE: u32 = 0x4000;
pub const METES_DEFAULT_HEAP_SIZE: u32 = 0x20000;
pub const METES_DEFAULT_SCRATCH_SIZE: u32 = 0x48000;
pub const METES_MIN_BUFFER_SIZE: u32 = 0x2000;
pub const METES_SCRATCH_OVERHEAD: u64 = 0xc000;
pub const METES_PEB_SIZE: u32 = 64;
pub const METES_PEB_HEADER_SIZE: u32 = 80;
pub const METES_FILE_MAPPING_SIZE: u32 = 80;
pub const METES_MAX_FILE_MAPPINGS: u32 = 32;
pub const METES_MAX_SEGMENTS: u32 = 16;
pub const METES_MAX_PROGRAM_HEADERS: u32 = 64;
pub const METES_ELF_WRITABLE_CODE: u32 = 1;
pub const METES_SCRATCH_SIZE_BELOW: u32 = 8;
pub const METES_SCRATCH_FREE_BELOW: u32 = 16;
pub const METES_SCRATCH_PT_BELOW: u32 = 24;
pub const METES_SCRATCH_GENERATION_BELOW: u32 = 32;
pub const METES_EXCEPTION_STACK_BELOW: u32 = 48;
pub const METES_EXCEPTION_PAGES_SIZE: u64 = 0x2000;
pub const METES_EMPTY_BUFFER: u32 = 8;
pub const METES_LABEL_SIZE: u32 = 64;
pub const METES_SLOT_LOG_DIRTY_PAGES: u32 = 1;
pub const METES_SLOT_READONLY: u32 = 2;
pub const METES_MAX_SLOT_SIZE: u64 = 0x7fffffff000;
pub const METES_SLOT_SNAPSHOT: u32 = 0;
pub const METES_SLOT_SCRATCH: u32 = 1;
pub const METES_COPY_ON_WRITE: u32 = 8;
pub const METES_PT_MAX_TABLES: u32 = 0xffff;
pub const METES_ENTRY_PRESENT: u64 = 1;
pub const METES_ENTRY_WRITABLE: u64 = 2;
pub const METES_ENTRY_ACCESSED: u64 = 32;
pub const METES_ENTRY_DIRTY: u64 = 64;
pub const METES_ENTRY_LARGE: u64 = 128;
pub const METES_ENTRY_COPY_ON_WRITE: u64 = 512;
pub const METES_ENTRY_NO_EXECUTE: u64 = 0x8000000000000000;
pub const METES_MAX_REGIONS: u32 = 4;
pub const METES_MESSAGE_CALL: u32 = 1;
pub const METES_MESSAGE_RESULT: u32 = 2;
pub const METES_MESSAGE_ERROR: u32 = 3;
pub const METES_MESSAGE_HEADER: u32 = 16;
pub const METES_NAME_MOST: u32 = 64;
pub const METES_SNAPSHOT_BYTES: u64 = 312;
pub const METES_SNAPSHOT_MAGIC: u64 = 0x50414e534554454d;
pub const METES_SNAPSHOT_VERSION: u64 = 1;

pub type metes_status = c_uint;
pub const METES_OK: metes_status = 0;
pub const METES_E_PROFILE: metes_status = 1;
pub const METES_E_OPTIONS: metes_status = 2;
pub const METES_E_PERMISSIONS: metes_status = 3;
pub const METES_E_SCRATCH_TOO_BIG: metes_status = 4;
pub const METES_E_SCRATCH_TOO_SMALL: metes_status = 5;
pub const METES_E_MEMORY_TOO_BIG: metes_status = 6;
pub const METES_E_SCRATCH_UNALIGNED: metes_status = 7;
pub const METES_E_OVERLAP_GPA: metes_status = 8;
pub const METES_E_OVERLAP_GVA: metes_status = 9;
pub const METES_E_PT_TOO_BIG: metes_status = 10;
pub const METES_E_PT_UNALIGNED: metes_status = 11;
pub const METES_E_PT_OVERLAP_GPA: metes_status = 12;
pub const METES_E_PT_OVERLAP_GVA: metes_status = 13;
pub const METES_E_RESERVED: metes_status = 14;
pub const METES_E_BUFFER: metes_status = 15;
pub const METES_E_LENGTH: metes_status = 16;
pub const METES_E_LIMITS: metes_status = 17;
pub const METES_E_SLOT_BUDGET: metes_status = 18;
pub const METES_E_SLOT_NUMBER: metes_status = 19;
pub const METES_E_SLOT_FLAGS: metes_status = 20;
pub const METES_E_SLOT_EMPTY: metes_status = 21;
pub const METES_E_SLOT_UNALIGNED: metes_status = 22;
pub const METES_E_SLOT_PAGES: metes_status = 23;
pub const METES_E_SLOT_GPA: metes_status = 24;
pub const METES_E_SLOT_HOST: metes_status = 25;
pub const METES_E_SLOT_RESERVED: metes_status = 26;
pub const METES_E_SLOT_TWICE: metes_status = 27;
pub const METES_E_SLOT_OVERLAP: metes_status = 28;
pub const METES_E_SLOT_LENGTHS: metes_status = 29;
pub const METES_E_UNMAPPED: metes_status = 30;
pub const METES_E_ELF_SHORT: metes_status = 31;
pub const METES_E_ELF_MAGIC: metes_status = 32;
pub const METES_E_ELF_CLASS: metes_status = 33;
pub const METES_E_ELF_TYPE: metes_status = 34;
pub const METES_E_ELF_MACHINE: metes_status = 35;
pub const METES_E_ELF_HEADERS: metes_status = 36;
pub const METES_E_ELF_INTERP: metes_status = 37;
pub const METES_E_ELF_SEGMENTS: metes_status = 38;
pub const METES_E_ELF_EMPTY: metes_status = 39;
pub const METES_E_ELF_FILE_SIZE: metes_status = 40;
pub const METES_E_ELF_FILE_RANGE: metes_status = 41;
pub const METES_E_ELF_ADDRESS: metes_status = 42;
pub const METES_E_ELF_OVERLAP: metes_status = 43;
pub const METES_E_ELF_FLAGS: metes_status = 44;
pub const METES_E_ELF_ENTRY: metes_status = 45;
pub const METES_E_ELF_IMAGE: metes_status = 46;
pub const METES_E_PT_POOL: metes_status = 47;
pub const METES_E_MAP_FLAGS: metes_status = 48;
pub const METES_E_MAP_UNALIGNED: metes_status = 49;
pub const METES_E_MAP_GVA: metes_status = 50;
pub const METES_E_MAP_GPA: metes_status = 51;
pub const METES_E_MAP_TWICE: metes_status = 52;
pub const METES_E_MAP_FULL: metes_status = 53;
pub const METES_E_WALK_LARGE: metes_status = 54;
pub const METES_E_WALK_LINK: metes_status = 55;
pub const METES_E_STACK: metes_status = 56;
pub const METES_E_STACK_FULL: metes_status = 57;
pub const METES_E_ELEMENT: metes_status = 58;
pub const METES_E_STACK_EMPTY: metes_status = 59;
pub const METES_E_LINK: metes_status = 60;
pub const METES_E_PREFIX: metes_status = 61;
pub const METES_E_SLOT_KEPT: metes_status = 62;
pub const METES_E_SLOT_UNKNOWN: metes_status = 63;
pub const METES_E_NO_TABLE: metes_status = 64;
pub const METES_E_MAPPING_COUNT: metes_status = 65;
pub const METES_E_MAPPING_FULL: metes_status = 66;
pub const METES_E_MAPPING_PLACE: metes_status = 67;
pub const METES_E_MAPPING_LABEL: metes_status = 68;
pub const METES_E_MAPPING_PAGES: metes_status = 69;
pub const METES_E_MAPPING_END: metes_status = 70;
pub const METES_E_SNAPSHOT_SHORT: metes_status = 71;
pub const METES_E_SNAPSHOT_MAGIC: metes_status = 72;
pub const METES_E_SNAPSHOT_VERSION: metes_status = 73;
pub const METES_E_SNAPSHOT_SIZE: metes_status = 74;
pub const METES_E_SNAPSHOT_CHECKSUM: metes_status = 75;
pub const METES_E_SNAPSHOT_FIELD: metes_status = 76;
pub const METES_E_SNAPSHOT_ENTRY: metes_status = 77;
pub const METES_E_SNAPSHOT_STACK: metes_status = 78;
pub const METES_E_READ_ONLY: metes_status = 79;
pub const METES_E_WALK_RESERVED: metes_status = 80;
pub const METES_E_MESSAGE_SHORT: metes_status = 81;
pub const METES_E_MESSAGE_LENGTH: metes_status = 82;
pub const METES_E_MESSAGE_KIND: metes_status = 83;
pub const METES_E_MESSAGE_CODE: metes_status = 84;
pub const METES_E_MESSAGE_NAME: metes_status = 85;
pub const METES_E_MAPPING_ROOM: metes_status = 86;

pub type metes_profile_id = c_uint;
pub const METES_PROFILE_HYPERLIGHT: metes_profile_id = 0;
pub const METES_PROFILE_NUB: metes_profile_id = 1;
pub const METES_PROFILE_I686: metes_profile_id = 2;

pub type metes_place = c_uint;
pub const METES_PLACE_NONE: metes_place = 0;
pub const METES_PLACE_NULL_GUARD: metes_place = 1;
pub const METES_PLACE_CODE: metes_place = 2;
pub const METES_PLACE_PEB: metes_place = 3;
pub const METES_PLACE_HEAP: metes_place = 4;
pub const METES_PLACE_INIT_DATA: metes_place = 5;
pub const METES_PLACE_SNAPSHOT_PT: metes_place = 6;
pub const METES_PLACE_INPUT: metes_place = 7;
pub const METES_PLACE_OUTPUT: metes_place = 8;
pub const METES_PLACE_SCRATCH_PT: metes_place = 9;
pub const METES_PLACE_FREE: metes_place = 10;

pub type metes_region_type = c_uint;
pub const METES_REGION_CODE: metes_region_type = 0;
pub const METES_REGION_PEB: metes_region_type = 1;
pub const METES_REGION_HEAP: metes_region_type = 2;
pub const METES_REGION_INIT_DATA: metes_region_type = 3;

pub type metes_snapshot_word = c_uint;
pub const METES_SNAP_MAGIC: metes_snapshot_word = 0;
pub const METES_SNAP_VERSION: metes_snapshot_word = 1;
pub const METES_SNAP_SIZE: metes_snapshot_word = 2;
pub const METES_SNAP_CHECKSUM: metes_snapshot_word = 3;
pub const METES_SNAP_FIRST: metes_snapshot_word = 4;
pub const METES_SNAP_SNAPSHOT_GPA: metes_snapshot_word = 4;
pub const METES_SNAP_SNAPSHOT_GVA: metes_snapshot_word = 5;
pub const METES_SNAP_LAST_GPA: metes_snapshot_word = 6;
pub const METES_SNAP_LAST_GVA: metes_snapshot_word = 7;
pub const METES_SNAP_MAX_SIZE: metes_snapshot_word = 8;
pub const METES_SNAP_ALIGNMENT: metes_snapshot_word = 9;
pub const METES_SNAP_N_RESERVED: metes_snapshot_word = 10;
pub const METES_SNAP_RESERVED: metes_snapshot_word = 11;
pub const METES_SNAP_CODE_SIZE: metes_snapshot_word = 27;
pub const METES_SNAP_HEAP_SIZE: metes_snapshot_word = 28;
pub const METES_SNAP_INIT_DATA_SIZE: metes_snapshot_word = 29;
pub const METES_SNAP_INPUT_DATA_SIZE: metes_snapshot_word = 30;
pub const METES_SNAP_OUTPUT_DATA_SIZE: metes_snapshot_word = 31;
pub const METES_SNAP_SCRATCH_SIZE: metes_snapshot_word = 32;
pub const METES_SNAP_PT_SIZE: metes_snapshot_word = 33;
pub const METES_SNAP_PERMISSIONS: metes_snapshot_word = 34;
pub const METES_SNAP_OPTIONS: metes_snapshot_word = 35;
pub const METES_SNAP_GENERATION: metes_snapshot_word = 36;
pub const METES_SNAP_ENTRY: metes_snapshot_word = 37;
pub const METES_SNAP_STACK: metes_snapshot_word = 38;
pub const METES_SNAP_WORDS: metes_snapshot_word = 39;

/// The name of each status.
pub const METES_STATUS_NAMES: [&str; 87] = [
    "METES_OK",
    "METES_E_PROFILE",
    "METES_E_OPTIONS",
    "METES_E_PERMISSIONS",
    "METES_E_SCRATCH_TOO_BIG",
    "METES_E_SCRATCH_TOO_SMALL",
    "METES_E_MEMORY_TOO_BIG",
    "METES_E_SCRATCH_UNALIGNED",
    "METES_E_OVERLAP_GPA",
    "METES_E_OVERLAP_GVA",
    "METES_E_PT_TOO_BIG",
    "METES_E_PT_UNALIGNED",
    "METES_E_PT_OVERLAP_GPA",
    "METES_E_PT_OVERLAP_GVA",
    "METES_E_RESERVED",
    "METES_E_BUFFER",
    "METES_E_LENGTH",
    "METES_E_LIMITS",
    "METES_E_SLOT_BUDGET",
    "METES_E_SLOT_NUMBER",
    "METES_E_SLOT_FLAGS",
    "METES_E_SLOT_EMPTY",
    "METES_E_SLOT_UNALIGNED",
    "METES_E_SLOT_PAGES",
    "METES_E_SLOT_GPA",
    "METES_E_SLOT_HOST",
    "METES_E_SLOT_RESERVED",
    "METES_E_SLOT_TWICE",
    "METES_E_SLOT_OVERLAP",
    "METES_E_SLOT_LENGTHS",
    "METES_E_UNMAPPED",
    "METES_E_ELF_SHORT",
    "METES_E_ELF_MAGIC",
    "METES_E_ELF_CLASS",
    "METES_E_ELF_TYPE",
    "METES_E_ELF_MACHINE",
    "METES_E_ELF_HEADERS",
    "METES_E_ELF_INTERP",
    "METES_E_ELF_SEGMENTS",
    "METES_E_ELF_EMPTY",
    "METES_E_ELF_FILE_SIZE",
    "METES_E_ELF_FILE_RANGE",
    "METES_E_ELF_ADDRESS",
    "METES_E_ELF_OVERLAP",
    "METES_E_ELF_FLAGS",
    "METES_E_ELF_ENTRY",
    "METES_E_ELF_IMAGE",
    "METES_E_PT_POOL",
    "METES_E_MAP_FLAGS",
    "METES_E_MAP_UNALIGNED",
    "METES_E_MAP_GVA",
    "METES_E_MAP_GPA",
    "METES_E_MAP_TWICE",
    "METES_E_MAP_FULL",
    "METES_E_WALK_LARGE",
    "METES_E_WALK_LINK",
    "METES_E_STACK",
    "METES_E_STACK_FULL",
    "METES_E_ELEMENT",
    "METES_E_STACK_EMPTY",
    "METES_E_LINK",
    "METES_E_PREFIX",
    "METES_E_SLOT_KEPT",
    "METES_E_SLOT_UNKNOWN",
    "METES_E_NO_TABLE",
    "METES_E_MAPPING_COUNT",
    "METES_E_MAPPING_FULL",
    "METES_E_MAPPING_PLACE",
    "METES_E_MAPPING_LABEL",
    "METES_E_MAPPING_PAGES",
    "METES_E_MAPPING_END",
    "METES_E_SNAPSHOT_SHORT",
    "METES_E_SNAPSHOT_MAGIC",
    "METES_E_SNAPSHOT_VERSION",
    "METES_E_SNAPSHOT_SIZE",
    "METES_E_SNAPSHOT_CHECKSUM",
    "METES_E_SNAPSHOT_FIELD",
    "METES_E_SNAPSHOT_ENTRY",
    "METES_E_SNAPSHOT_STACK",
    "METES_E_READ_ONLY",
    "METES_E_WALK_RESERVED",
    "METES_E_MESSAGE_SHORT",
    "METES_E_MESSAGE_LENGTH",
    "METES_E_MESSAGE_KIND",
    "METES_E_MESSAGE_CODE",
    "METES_E_MESSAGE_NAME",
    "METES_E_MAPPING_ROOM",
];

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct metes_error {
    pub requested: u64,
    pub limit: u64,
    pub index: u32,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct metes_element {
    pub start: u64,
    pub length: u64,
    pub end: u64,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct metes_range {
    pub start: u64,
    pub end: u64,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct metes_profile {
    pub snapshot_gpa: u64,
    pub snapshot_gva: u64,
    pub last_gpa: u64,
    pub last_gva: u64,
    pub max_size: u64,
    pub alignment: u64,
    pub n_reserved: u32,
    pub reserved: [metes_range; METES_MAX_RESERVED as usize],
}

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct metes_config {
    pub code_size: u64,
    pub heap_size: u64,
    pub init_data_size: u64,
    pub input_data_size: u64,
    pub output_data_size: u64,
    pub scratch_size: u64,
    pub pt_size: u64,
    pub init_data_permissions: u32,
    pub options: u32,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct metes_layout {
    pub code_size: u64,
    pub heap_size: u64,
    pub init_data_size: u64,
    pub input_data_size: u64,
    pub output_data_size: u64,
    pub scratch_size: u64,
    pub pt_size: u64,
    pub init_data_permissions: u32,
    pub options: u32,
    pub peb_offset: u64,
    pub heap_offset: u64,
    pub init_data_offset: u64,
    pub memory_size: u64,
    pub snapshot_size: u64,
    pub pt_scratch_offset: u64,
    pub snapshot_gpa: u64,
    pub peb_gpa: u64,
    pub heap_gpa: u64,
    pub init_data_gpa: u64,
    pub memory_end_gpa: u64,
    pub scratch_gpa: u64,
    pub pt_gpa: u64,
    pub free_gpa: u64,
    pub snapshot_gva: u64,
    pub peb_gva: u64,
    pub heap_gva: u64,
    pub init_data_gva: u64,
    pub scratch_gva: u64,
    pub output_gva: u64,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct metes_segment {
    pub offset: u64,
    pub file_offset: u64,
    pub file_size: u64,
    pub mem_size: u64,
    pub flags: u32,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct metes_image {
    pub entry: u64,
    pub span: u64,
    pub n: u32,
    pub segments: [metes_segment; METES_MAX_SEGMENTS as usize],
}

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct metes_memory {
    pub layout: metes_layout,
    pub snapshot: *const u8,
    pub scratch: *mut u8,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct metes_span {
    pub status: metes_status,
    pub place: metes_place,
    pub flags: u32,
    pub offset: u64,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct metes_scratch_areas {
    pub input: metes_range,
    pub output: metes_range,
    pub page_tables: metes_range,
    pub free: metes_range,
    pub exception_stack: metes_range,
    pub bookkeeping: metes_range,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct metes_entry {
    pub cr3: u64,
    pub rip: u64,
    pub rsp: u64,
    pub rdi: u64,
    pub rsi: u64,
    pub rdx: u64,
    pub rcx: u64,
    pub rflags: u64,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct metes_file_mapping {
    pub gva: u64,
    pub size: u64,
    pub label: [u8; METES_LABEL_SIZE as usize],
}

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct metes_memslot {
    pub slot: u32,
    pub flags: u32,
    pub gpa: u64,
    pub size: u64,
    pub host: u64,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct metes_limits {
    pub gpa_end: u64,
    pub host_end: u64,
    pub max_slots: u32,
    pub n_reserved: u32,
    pub reserved: [metes_range; METES_MAX_RESERVED as usize],
}

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct metes_extra {
    pub start: u64,
    pub end: u64,
    pub host: u64,
    pub host_size: u64,
    pub slot: u32,
    pub flags: u32,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct metes_table {
    pub e: [u64; 512],
}

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct metes_pt {
    pub base_gpa: u64,
    pub n: u16,
    pub used: u16,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct metes_mapping {
    pub gva: u64,
    pub gpa: u64,
    pub pages: u64,
    pub flags: u32,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct metes_walk {
    pub status: metes_status,
    pub flags: u32,
    pub gpa: u64,
    pub entry: u64,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct metes_region {
    pub start: u64,
    pub end: u64,
    pub flags: u32,
    pub r#type: u32,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct metes_message {
    pub kind: u32,
    pub code: u32,
    pub name: u64,
    pub name_length: u64,
    pub payload: u64,
    pub payload_length: u64,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct metes_peb {
    pub input_size: u64,
    pub input_gva: u64,
    pub output_size: u64,
    pub output_gva: u64,
    pub init_data_size: u64,
    pub init_data_gva: u64,
    pub heap_size: u64,
    pub heap_gva: u64,
    pub file_mapping_count: u64,
    pub file_mappings_gva: u64,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct metes_snapshot {
    pub profile: metes_profile,
    pub config: metes_config,
    pub generation: u64,
    pub entry: u64,
    pub stack: u64,
}

unsafe extern "C" {
    pub fn metes_put_word(m: *mut u8, at: u64, v: u64);
    pub fn metes_buffer_push(
        m: *mut u8,
        size: u64,
        data: *const u8,
        len: u64,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_buffer_peek(
        m: *const u8,
        size: u64,
        e: *mut metes_element,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_buffer_pop(
        m: *mut u8,
        size: u64,
        e: metes_element,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_checksum(m: *const u8, len: u64) -> u64;
    pub fn metes_profile_builtin(
        id: metes_profile_id,
        p: *mut metes_profile,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_profile_flaw(p: *const metes_profile) -> u32;
    pub fn metes_profile_reserve(
        p: *mut metes_profile,
        start: u64,
        end: u64,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_config_default(c: *mut metes_config);
    pub fn metes_layout_compute(
        p: *const metes_profile,
        c: *const metes_config,
        l: *mut metes_layout,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_elf_parse(
        m: *const u8,
        len: u64,
        code_gva: u64,
        options: u32,
        image: *mut metes_image,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_elf_load(
        image: *const metes_image,
        m: *const u8,
        len: u64,
        snapshot: *mut u8,
        snapshot_len: u64,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_place_of_gpa(l: *const metes_layout, gpa: u64) -> metes_place;
    pub fn metes_place_of_gva(l: *const metes_layout, gva: u64) -> metes_place;
    pub fn metes_gpa_resolve(l: *const metes_layout, gpa: u64, len: u64) -> metes_span;
    pub fn metes_gpa_read(
        g: *const metes_memory,
        gpa: u64,
        to: *mut u8,
        len: u64,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_gpa_write(
        g: *const metes_memory,
        gpa: u64,
        from: *const u8,
        len: u64,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_scratch_areas(l: *const metes_layout) -> metes_scratch_areas;
    pub fn metes_scratch_init(
        l: *const metes_layout,
        generation: u64,
        m: *mut u8,
        len: u64,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_scratch_set_generation(
        l: *const metes_layout,
        generation: u64,
        m: *mut u8,
        len: u64,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_scratch_copy_pt(
        l: *const metes_layout,
        snapshot: *const u8,
        snapshot_len: u64,
        scratch: *mut u8,
        scratch_len: u64,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_entry_of(l: *const metes_layout, entry_gva: u64) -> metes_entry;
    pub fn metes_input_push(
        g: *const metes_memory,
        data: *const u8,
        len: u64,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_output_take(
        g: *const metes_memory,
        to: *mut u8,
        room: u64,
        n: *mut u64,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_buffers_clear(g: *const metes_memory, err: *mut metes_error) -> metes_status;
    pub fn metes_file_mapping_count(
        l: *const metes_layout,
        m: *const u8,
        len: u64,
        n: *mut u32,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_file_mapping_get(
        l: *const metes_layout,
        m: *const u8,
        len: u64,
        place: u32,
        f: *mut metes_file_mapping,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_file_mapping_add(
        l: *const metes_layout,
        m: *mut u8,
        len: u64,
        f: metes_file_mapping,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_file_mapping_remove(
        l: *const metes_layout,
        m: *mut u8,
        len: u64,
        place: u32,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_plan_check(
        s: *const metes_memslot,
        n: u32,
        m: *const metes_limits,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_plan_layout(
        l: *const metes_layout,
        snapshot: u64,
        scratch: u64,
        m: *const metes_limits,
        s: *mut metes_memslot,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_plan_add(
        s: *mut metes_memslot,
        n: u32,
        x: *const metes_extra,
        m: *const metes_limits,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_plan_remove(
        s: *mut metes_memslot,
        n: u32,
        slot: u32,
        m: *const metes_limits,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_plan_free_slot(s: *const metes_memslot, n: u32, max_slots: u32) -> u32;
    pub fn metes_pt_tables_for(gva: u64, pages: u64) -> u64;
    pub fn metes_pt_pages_needed(l: *const metes_layout) -> u64;
    pub fn metes_pt_init(
        p: *mut metes_pt,
        tables: *mut metes_table,
        level: *mut u8,
        parent: *mut u32,
        n: u64,
        base_gpa: u64,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_pt_reserve(
        p: *mut metes_pt,
        tables: *mut metes_table,
        level: *mut u8,
        parent: *mut u32,
        gva: u64,
        pages: u64,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_pt_map(
        p: *mut metes_pt,
        tables: *mut metes_table,
        level: *mut u8,
        parent: *mut u32,
        m: metes_mapping,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_pt_map_large(
        p: *mut metes_pt,
        tables: *mut metes_table,
        level: *mut u8,
        parent: *mut u32,
        m: metes_mapping,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_pt_walk(tables: *const metes_table, n: u64, base_gpa: u64, gva: u64) -> metes_walk;
    pub fn metes_file_place(
        l: *const metes_layout,
        s: *const metes_memslot,
        n: u32,
        m: *const metes_limits,
        size: u64,
        x: *mut metes_mapping,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_gva_walk(g: *const metes_memory, cr3: u64, gva: u64) -> metes_walk;
    pub fn metes_gva_resolve(g: *const metes_memory, cr3: u64, gva: u64, len: u64) -> metes_span;
    pub fn metes_gva_read(
        g: *const metes_memory,
        cr3: u64,
        gva: u64,
        to: *mut u8,
        len: u64,
        done: *mut u64,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_gva_write(
        g: *const metes_memory,
        cr3: u64,
        gva: u64,
        from: *const u8,
        len: u64,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_regions(l: *const metes_layout, r: *mut metes_region) -> u32;
    pub fn metes_regions_resolve(
        r: *const metes_region,
        n: u32,
        gpa: u64,
        len: u64,
        index: *mut u32,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_mapping_count(g: *const metes_image) -> u32;
    pub fn metes_mapping_of(l: *const metes_layout, g: *const metes_image, k: u32) -> metes_mapping;
    pub fn metes_peb_mapping(l: *const metes_layout, k: u32) -> metes_mapping;
    pub fn metes_image_entry(l: *const metes_layout, g: *const metes_image) -> u64;
    pub fn metes_message_parse(
        m: *const u8,
        len: u64,
        out: *mut metes_message,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_message_put(
        m: *mut u8,
        len: u64,
        kind: u32,
        code: u32,
        name: *const u8,
        name_length: u64,
        payload: *const u8,
        payload_length: u64,
        size: *mut u64,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_peb_of(l: *const metes_layout) -> metes_peb;
    pub fn metes_peb_encode(b: *const metes_peb, options: u32, m: *mut u8);
    pub fn metes_peb_write(
        l: *const metes_layout,
        m: *mut u8,
        len: u64,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_init_data_write(
        l: *const metes_layout,
        m: *mut u8,
        len: u64,
        data: *const u8,
        n: u64,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_snapshot_write(
        s: *const metes_snapshot,
        m: *mut u8,
        len: u64,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_snapshot_read(
        m: *const u8,
        len: u64,
        s: *mut metes_snapshot,
        err: *mut metes_error,
    ) -> metes_status;
    pub fn metes_snapshot_check(
        s: *const metes_snapshot,
        l: *mut metes_layout,
        err: *mut metes_error,
    ) -> metes_status;
}

//! Numbers and layouts of WASI preview 1, from its published interface description.

use crate::files::Kind;

/// The module that guests import from.
pub(super) const MODULE: &str = "wasi_snapshot_preview1";

/// What a descriptor is, as the guest sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum FileType {
    Unknown = 0,
    CharacterDevice = 2,
    Directory = 3,
    RegularFile = 4,
    SymbolicLink = 7,
}

impl From<Kind> for FileType {
    fn from(kind: Kind) -> FileType {
        match kind {
            Kind::Directory => FileType::Directory,
            Kind::File => FileType::RegularFile,
            Kind::Link => FileType::SymbolicLink,
        }
    }
}

/// Rights. Only reading, writing and changing a size are enforced; the others are reported, because C libraries
/// derive from them what a descriptor is.
pub(super) mod rights {
    pub(in crate::wasi) const FD_READ: u64 = 1 << 1;
    pub(in crate::wasi) const FD_SEEK: u64 = 1 << 2;
    pub(in crate::wasi) const FD_TELL: u64 = 1 << 5;
    pub(in crate::wasi) const FD_WRITE: u64 = 1 << 6;
    const FD_DATASYNC: u64 = 1;
    const FD_FDSTAT_SET_FLAGS: u64 = 1 << 3;
    const FD_SYNC: u64 = 1 << 4;
    const FD_ADVISE: u64 = 1 << 7;
    const FD_ALLOCATE: u64 = 1 << 8;
    const FD_READDIR: u64 = 1 << 14;
    const FD_FILESTAT_GET: u64 = 1 << 21;
    const FD_FILESTAT_SET_SIZE: u64 = 1 << 22;
    const FD_FILESTAT_SET_TIMES: u64 = 1 << 23;
    const POLL_FD_READWRITE: u64 = 1 << 27;
    /// `path_create_directory` to `path_open`.
    const PATHS_FIRST: u64 = 0b1_1111 << 9;
    /// `path_readlink` to `path_filestat_set_times`.
    const PATHS_SECOND: u64 = 0b11_1111 << 15;
    /// `path_symlink`, `path_remove_directory`, `path_unlink_file`.
    const PATHS_THIRD: u64 = 0b111 << 24;

    /// What makes sense for a file.
    pub(in crate::wasi) const FILE: u64 = FD_DATASYNC
        | FD_READ
        | FD_SEEK
        | FD_FDSTAT_SET_FLAGS
        | FD_SYNC
        | FD_TELL
        | FD_WRITE
        | FD_ADVISE
        | FD_ALLOCATE
        | FD_FILESTAT_GET
        | FD_FILESTAT_SET_SIZE
        | FD_FILESTAT_SET_TIMES
        | POLL_FD_READWRITE;
    /// What makes sense for a directory.
    pub(in crate::wasi) const DIRECTORY: u64 = FD_FDSTAT_SET_FLAGS
        | FD_SYNC
        | FD_DATASYNC
        | FD_ADVISE
        | FD_READDIR
        | FD_FILESTAT_GET
        | FD_FILESTAT_SET_TIMES
        | POLL_FD_READWRITE
        | PATHS_FIRST
        | PATHS_SECOND
        | PATHS_THIRD;
    /// Standard input, and the two outputs: no seeking, by which C libraries recognise them.
    pub(in crate::wasi) const INPUT: u64 = FD_READ | FD_FDSTAT_SET_FLAGS | FD_FILESTAT_GET | POLL_FD_READWRITE;
    pub(in crate::wasi) const OUTPUT: u64 =
        FD_WRITE | FD_FDSTAT_SET_FLAGS | FD_FILESTAT_GET | POLL_FD_READWRITE | FD_SYNC | FD_DATASYNC;
}

/// Flags of a descriptor.
pub(super) mod fdflags {
    pub(in crate::wasi) const APPEND: u16 = 1;
    pub(in crate::wasi) const NONBLOCK: u16 = 4;
    pub(in crate::wasi) const ALL: u32 = 0b1_1111;
}

/// Flags of `path_open`.
pub(super) mod oflags {
    pub(in crate::wasi) const CREATE: u32 = 1;
    pub(in crate::wasi) const DIRECTORY: u32 = 2;
    pub(in crate::wasi) const EXCLUSIVE: u32 = 4;
    pub(in crate::wasi) const TRUNCATE: u32 = 8;
    pub(in crate::wasi) const ALL: u32 = 0b1111;
}

/// Flags of the functions that set times.
pub(super) mod fstflags {
    pub(in crate::wasi) const ACCESSED: u32 = 1;
    pub(in crate::wasi) const ACCESSED_NOW: u32 = 2;
    pub(in crate::wasi) const MODIFIED: u32 = 4;
    pub(in crate::wasi) const MODIFIED_NOW: u32 = 8;
    pub(in crate::wasi) const ALL: u32 = 0b1111;
}

/// Follow a symbolic link at the end of a path.
pub(super) const LOOKUP_FOLLOW: u32 = 1;

/// A fixed-size record that is filled field by field and then written to the guest at once.
pub(super) struct Record<const N: usize>(pub(super) [u8; N]);

impl<const N: usize> Record<N> {
    pub(super) fn new() -> Record<N> {
        Record([0; N])
    }

    /// Sets the bytes at `at`; the offsets are constants inside the record.
    pub(super) fn set<const M: usize>(mut self, at: usize, bytes: [u8; M]) -> Record<N> {
        if let Some(place) = self.0.get_mut(at..at + M) {
            place.copy_from_slice(&bytes);
        }
        self
    }
}

//! Compiled modules on disk, and the memories that instances of packs begin with. A compiled module is native code, so
//! a forged one would be arbitrary execution: entries are sealed with a MAC under this installation's key, in a folder that only its owner can enter.
//!
//! The body is trusted because of what the seal says about the very file that was opened: owner, mode, inode,
//! size and change time. This is one of the few modules with `unsafe`: it hands native code to wasmtime.

use super::load::ModuleDigest;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::hash::{Hash, Hasher};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use wasmtime::{Engine, Module};

/// Bytes that all entries may take; the ones unused longest go first.
const CAPACITY: u64 = 1 << 30;
/// Length of a seal: the MAC alone, since everything it covers can be read from the file itself.
const SEAL_BYTES: usize = 32;

/// A folder of sealed, compiled modules.
#[derive(Debug)]
pub(crate) struct DiskCache {
    folder: PathBuf,
    key: [u8; 32],
}

/// What a file is of.
struct Entry<'a> {
    digest: &'a ModuleDigest,
    /// Of native code: which engines it fits.
    compatibility: Option<u64>,
}

const NATIVE: &str = "native";
const IMAGE: &str = "image";

impl Entry<'_> {
    fn native<'a>(engine: &Engine, digest: &'a ModuleDigest) -> Entry<'a> {
        Entry { digest, compatibility: Some(compatibility(engine)) }
    }

    fn image(digest: &ModuleDigest) -> Entry<'_> {
        Entry { digest, compatibility: None }
    }

    fn name(&self) -> String {
        let hex: String = self.digest.iter().map(|b| format!("{b:02x}")).collect();
        match self.compatibility {
            Some(compatibility) => format!("{hex}-{compatibility:016x}.{NATIVE}"),
            None => format!("{hex}.{IMAGE}"),
        }
    }

    fn label(&self) -> &'static [u8] {
        match self.compatibility {
            Some(_) => b"wasm-sandbox module 1",
            None => b"wasm-sandbox image 1",
        }
    }
}

impl DiskCache {
    /// Opens or makes the cache below `root`; fails where the folder is not private to this user.
    pub(crate) fn open_at(root: &Path) -> io::Result<DiskCache> {
        let folder = root.join("modules");
        private_folder(root)?;
        private_folder(&folder)?;
        Ok(DiskCache { key: installation_key(&root.join("key"))?, folder })
    }

    /// This installation's secret.
    pub(crate) fn key(&self) -> &[u8] {
        &self.key
    }

    /// The compiled form of the module `digest` for `engine`, if an entry exists and its seal holds.
    pub(crate) fn open(&self, engine: &Engine, digest: &ModuleDigest) -> Option<Module> {
        let file = self.sealed(&Entry::native(engine, digest))?;
        // SAFETY: the seal proves that this descriptor's file is the one that this installation wrote from
        // wasmtime's own serialisation for this engine, unchanged since (owner, mode, inode, size, ctime), in
        // a folder that no other user can enter; wasmtime checks version and target by itself.
        unsafe { Module::deserialize_open_file(engine, file) }.ok()
    }

    /// Writes the compiled form of a module.
    pub(crate) fn store(&self, engine: &Engine, digest: &ModuleDigest, module: &Module) -> io::Result<()> {
        let bytes = module.serialize().map_err(|e| io::Error::other(format!("{e:#}")))?;
        self.store_bytes(engine, digest, &bytes)
    }

    /// Writes native code that is trusted already: fresh from the compiler, or shipped inside our own package.
    pub(crate) fn store_bytes(&self, engine: &Engine, digest: &ModuleDigest, native: &[u8]) -> io::Result<()> {
        self.seal(&Entry::native(engine, digest), native).map(drop)
    }

    /// The memory that instances of the pack `digest` begin with, if an entry exists and its seal holds.
    pub(crate) fn image(&self, digest: &ModuleDigest) -> Option<File> {
        self.sealed(&Entry::image(digest))
    }

    /// Writes such a memory; the file, to be read.
    pub(crate) fn store_image(&self, digest: &ModuleDigest, image: &[u8]) -> io::Result<File> {
        self.seal(&Entry::image(digest), image)
    }

    /// The file of an entry whose seal holds.
    fn sealed(&self, entry: &Entry<'_>) -> Option<File> {
        let path = self.folder.join(entry.name());
        let file = no_follow(OpenOptions::new().read(true)).open(&path).ok()?;
        let seal_path = path.with_extension("seal");
        let mut seal = [0; SEAL_BYTES];
        no_follow(OpenOptions::new().read(true)).open(&seal_path).and_then(|mut f| f.read_exact(&mut seal)).ok()?;
        if self.mac(entry, &file).ok()?.verify_slice(&seal).is_err() {
            tracing::warn!("a cached module's seal does not hold; it is removed and made again");
            let _ = (fs::remove_file(&seal_path), fs::remove_file(&path));
            return None;
        }
        // Windows lets nobody set a file's time who may not write to it.
        let _ = OpenOptions::new().write(true).open(&seal_path).and_then(|f| f.set_modified(SystemTime::now()));
        Some(file)
    }

    fn seal(&self, entry: &Entry<'_>, bytes: &[u8]) -> io::Result<File> {
        self.make_room(bytes.len() as u64)?;
        let path = self.folder.join(entry.name());
        let body = self.write_new(&path, |file| write_sparse(file, bytes).and_then(|()| settle(file)))?;
        let seal = self.mac(entry, &body)?.finalize().into_bytes();
        self.write_new(&path.with_extension("seal"), |file| file.write_all(&seal))?;
        Ok(body)
    }

    /// Writes a file beside its place, then moves it there, so that no reader sees a part of it.
    fn write_new(&self, path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<File> {
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("entry");
        let temporary = self.folder.join(format!(".{name}.{:x}", rand::random::<u64>()));
        let mut file = private_file().open(&temporary)?;
        let outcome = write(&mut file).and_then(|()| fs::rename(&temporary, path));
        if outcome.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        outcome.map(|()| file)
    }

    fn mac(&self, entry: &Entry<'_>, file: &File) -> io::Result<Hmac<Sha256>> {
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&self.key).map_err(io::Error::other)?;
        mac.update(entry.label());
        mac.update(&entry.compatibility.unwrap_or_default().to_le_bytes());
        mac.update(entry.digest);
        for fact in identity(file)? {
            mac.update(&fact.to_le_bytes());
        }
        Ok(mac)
    }

    fn make_room(&self, wanted: u64) -> io::Result<()> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if entry.path().extension().is_some_and(|e| e == NATIVE || e == IMAGE) {
                let used = fs::metadata(entry.path().with_extension("seal")).and_then(|m| m.modified());
                entries.push((used.unwrap_or(std::time::UNIX_EPOCH), entry.metadata()?.len(), entry.path()));
            }
        }
        let mut total = wanted + entries.iter().map(|(_, len, _)| len).sum::<u64>();
        entries.sort();
        for (_, len, path) in entries {
            if total <= CAPACITY {
                break;
            }
            let _ = (fs::remove_file(path.with_extension("seal")), fs::remove_file(&path));
            total -= len;
        }
        Ok(())
    }
}

/// Long runs of zeros are left as holes: a pack's image is mostly untouched memory.
fn write_sparse(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    use std::io::{Seek, SeekFrom};
    const BLOCK: usize = 4096;
    for block in bytes.chunks(BLOCK) {
        if block.iter().all(|b| *b == 0) {
            file.seek(SeekFrom::Current(block.len() as i64))?;
        } else {
            file.write_all(block)?;
        }
    }
    file.set_len(bytes.len() as u64)
}

/// What wasmtime says must be equal for native code to fit an engine.
pub(crate) fn compatibility(engine: &Engine) -> u64 {
    struct Sha(Sha256);
    impl Hasher for Sha {
        fn finish(&self) -> u64 {
            let digest = self.0.clone().finalize();
            digest[..8].iter().fold(0, |n, b| n << 8 | u64::from(*b))
        }
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
    }
    let mut hasher = Sha(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut hasher);
    env!("CARGO_PKG_VERSION").hash(&mut hasher);
    hasher.finish()
}

#[cfg(unix)]
mod platform {
    use super::{File, OpenOptions, Path, fs, io};
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};

    pub(super) fn identity(file: &File) -> io::Result<[u64; 7]> {
        let m = file.metadata()?;
        Ok([
            m.dev(),
            m.ino(),
            m.len(),
            u64::from(m.uid()),
            u64::from(m.mode()),
            m.ctime() as u64,
            m.ctime_nsec() as u64,
        ])
    }

    /// Facts of a file stand as soon as it is written.
    pub(super) fn settle(_: &File) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn no_follow(options: &mut OpenOptions) -> &mut OpenOptions {
        options.custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC)
    }

    pub(super) fn private_file() -> OpenOptions {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true).mode(0o600);
        options
    }

    pub(super) fn private_folder(path: &Path) -> io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        let m = fs::symlink_metadata(path)?;
        let mine = m.is_dir() && m.uid() == rustix::process::geteuid().as_raw();
        if !mine {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the cache folder belongs to somebody else"));
        }
        if m.mode() & 0o077 != 0 {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
        }
        Ok(())
    }
}

#[cfg(not(unix))]
mod platform {
    use super::{File, OpenOptions, Path, fs, io};

    /// Where files have no owner and inode to ask for, the user's own profile folder is the protection.
    pub(super) fn identity(file: &File) -> io::Result<[u64; 7]> {
        let m = file.metadata()?;
        let modified = m.modified()?.duration_since(std::time::UNIX_EPOCH).map_err(io::Error::other)?;
        Ok([m.len(), modified.as_secs(), u64::from(modified.subsec_nanos()), 0, 0, 0, 0])
    }

    /// Windows writes down when a file was written only when it is closed, unless it was told; the seal is made before.
    pub(super) fn settle(file: &File) -> io::Result<()> {
        file.set_modified(std::time::SystemTime::now())
    }

    /// wasmtime maps what is opened as code, which Windows allows for files that were opened to be read and executed.
    #[cfg(windows)]
    pub(super) fn no_follow(options: &mut OpenOptions) -> &mut OpenOptions {
        use std::os::windows::fs::OpenOptionsExt;
        const GENERIC_READ_AND_EXECUTE: u32 = 0x0012_00a9;
        const OPEN_REPARSE_POINT: u32 = 0x0020_0000;
        options.access_mode(GENERIC_READ_AND_EXECUTE).custom_flags(OPEN_REPARSE_POINT)
    }

    #[cfg(not(windows))]
    pub(super) fn no_follow(options: &mut OpenOptions) -> &mut OpenOptions {
        options
    }

    pub(super) fn private_file() -> OpenOptions {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        options
    }

    pub(super) fn private_folder(path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }
}

use platform::{identity, no_follow, private_file, private_folder, settle};

/// This installation's secret, made at first use.
fn installation_key(path: &Path) -> io::Result<[u8; 32]> {
    let fresh: [u8; 32] = rand::random();
    let temporary = path.with_extension(format!("{:x}", rand::random::<u64>()));
    private_file().open(&temporary)?.write_all(&fresh)?;
    // A hard link fails where a key exists already: of two processes that start together, one wins.
    let linked = fs::hard_link(&temporary, path);
    let _ = fs::remove_file(&temporary);
    if let Err(error) = linked
        && error.kind() != io::ErrorKind::AlreadyExists
    {
        return Err(error);
    }
    let file = no_follow(OpenOptions::new().read(true)).open(path)?;
    let facts = identity(&file)?;
    if cfg!(unix) && facts[4] & 0o077 != 0 {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the cache's key can be read by others"));
    }
    let mut key = [0; 32];
    (&file).read_exact(&mut key)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache() -> (PathBuf, DiskCache, Engine, Module) {
        let root = std::env::temp_dir().join(format!("wasm-sandbox-cache-{:x}", rand::random::<u64>()));
        let engine = Engine::default();
        let module = Module::new(&engine, wat::parse_str("(module (func (export \"f\")))").unwrap()).unwrap();
        (root.clone(), DiskCache::open_at(&root).unwrap(), engine, module)
    }

    #[test]
    fn a_stored_module_comes_back_also_in_another_process() {
        let (root, cache, engine, module) = cache();
        cache.store(&engine, &[7; 32], &module).unwrap();
        assert!(cache.open(&engine, &[7; 32]).is_some());
        assert!(DiskCache::open_at(&root).unwrap().open(&engine, &[7; 32]).is_some());
        assert!(cache.open(&engine, &[8; 32]).is_none());
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn the_memory_of_a_pack_comes_back_too_and_only_as_it_was() {
        let (root, cache, engine, module) = cache();
        let image: Vec<u8> = (0..100_000_u32).flat_map(|n| [0, 0, (n >> 12) as u8]).collect();
        let mut written = cache.store_image(&[7; 32], &image).unwrap();
        cache.store(&engine, &[7; 32], &module).unwrap();
        let read = |mut file: &File| {
            let mut bytes = Vec::new();
            io::Seek::rewind(&mut file).and_then(|()| file.read_to_end(&mut bytes)).unwrap();
            bytes
        };
        assert!(read(&written) == image);
        assert!(read(&cache.image(&[7; 32]).unwrap()) == image);
        assert!(cache.image(&[8; 32]).is_none());
        written.write_all(b"x").unwrap();
        assert!(cache.image(&[7; 32]).is_none(), "changed since");
        assert!(cache.open(&engine, &[7; 32]).is_some());
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn an_entry_that_is_opened_is_the_last_to_go() {
        let (root, cache, engine, module) = cache();
        cache.store(&engine, &[7; 32], &module).unwrap();
        let seal = cache.folder.join(Entry::native(&engine, &[7; 32]).name()).with_extension("seal");
        let long_ago = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
        OpenOptions::new().write(true).open(&seal).and_then(|f| f.set_modified(long_ago)).unwrap();
        assert!(cache.open(&engine, &[7; 32]).is_some());
        assert!(fs::metadata(&seal).and_then(|m| m.modified()).unwrap() > long_ago);
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn a_flipped_byte_a_swapped_file_and_a_symlink_are_refused() {
        let (root, cache, engine, module) = cache();
        let path = cache.folder.join(Entry::native(&engine, &[7; 32]).name());
        let store = || cache.store(&engine, &[7; 32], &module).unwrap();
        store();
        let mut bytes = fs::read(&path).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        fs::write(&path, &bytes).unwrap();
        assert!(cache.open(&engine, &[7; 32]).is_none(), "flipped byte");
        store();
        fs::copy(&path, root.join("copy")).unwrap();
        fs::remove_file(&path).unwrap();
        fs::rename(root.join("copy"), &path).unwrap();
        assert!(cache.open(&engine, &[7; 32]).is_none(), "swapped file");
        store();
        #[cfg(unix)]
        {
            fs::rename(&path, root.join("elsewhere")).unwrap();
            std::os::unix::fs::symlink(root.join("elsewhere"), &path).unwrap();
            assert!(cache.open(&engine, &[7; 32]).is_none(), "symlink");
            fs::remove_file(&path).unwrap();
            store();
        }
        cache.store(&engine, &[9; 32], &module).unwrap();
        fs::rename(cache.folder.join(Entry::native(&engine, &[9; 32]).name()), &path).unwrap();
        assert!(cache.open(&engine, &[7; 32]).is_none(), "another module's entry");
        fs::remove_dir_all(root).unwrap();
    }
}

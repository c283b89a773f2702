//! Sealed objects as files below one folder.
//!
//! ```text
//! objects/ORGANISATION/a7/ORGANISATION+RECORDING+1+original   the first segment, a hash for fan-out, the name with + for /
//! unfinished/1234-17                                           what is being written
//! ```
//!
//! An object is written in `unfinished`, synced, renamed to its place, and its folder is synced: after a power cut it is
//! there and whole, or not there.
//!
//! Must not know: keys, or that there are other stores.

mod handles;
mod listing;
mod writer;

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::SystemTime;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use parking_lot::Mutex;

use crate::{BlobEntry, BlobError, BlobName, BlobWriter, Blobs};
use handles::Handles;

/// Reads up to this many bytes are tried on the calling thread, from the page cache alone.
const INLINE_READ_BYTES_MAX: usize = 256 * 1024;

/// Sealed objects on a local (or network) file system. Cheap to clone.
#[derive(Clone)]
pub struct DiskBlobs {
    folders: Arc<Folders>,
}

/// What the handle and its writers share.
struct Folders {
    objects: PathBuf,
    unfinished: PathBuf,
    handles: Handles,
    /// Makes names of unfinished files unique within the process.
    writers: AtomicU64,
    /// Folders of objects that this process knows to be safe on the disk.
    safe: Mutex<HashSet<PathBuf>>,
}

impl DiskBlobs {
    /// Opens the store in `root`, and makes its folders (mode 0700) where they are missing. Blocks.
    ///
    /// # Errors
    /// [`BlobError::Full`], [`BlobError::Refused`], [`BlobError::Unavailable`].
    pub fn open(root: &Path) -> Result<Self, BlobError> {
        let (objects, unfinished) = (root.join("objects"), root.join("unfinished"));
        for folder in [&objects, &unfinished] {
            make_folder(folder, PRIVATE).map_err(|error| BlobError::of_io("make the folder for objects", error))?;
        }
        let folders = Folders {
            objects,
            unfinished,
            handles: Handles::default(),
            writers: AtomicU64::new(0),
            safe: Mutex::default(),
        };
        Ok(Self { folders: Arc::new(folders) })
    }

    async fn handle(&self, name: &BlobName) -> Result<Arc<File>, BlobError> {
        if let Some(file) = self.folders.handles.get(name) {
            return Ok(file);
        }
        let (folders, name) = (self.folders.clone(), name.clone());
        let epoch = folders.handles.epoch();
        if let Some(file) = open_from_cache(&folders.place(&name)).map(Arc::new) {
            folders.handles.keep(&name, &file, epoch);
            return Ok(file);
        }
        blocking("open an object", move || {
            let epoch = folders.handles.epoch();
            let file =
                File::open(folders.place(&name)).map_err(|error| BlobError::of_file("open an object", &name, error))?;
            let file = Arc::new(file);
            folders.handles.keep(&name, &file, epoch);
            Ok(file)
        })
        .await
    }
}

impl Folders {
    /// Makes a folder of objects safe against a power cut, also when somebody else has made it a moment ago.
    fn make_safe(&self, folder: &Path) -> io::Result<()> {
        if self.safe.lock().contains(folder) {
            return Ok(());
        }
        make_folder(folder, PRIVATE)?;
        for parent in folder.ancestors().skip(1) {
            sync_folder(parent)?;
            if parent == self.objects {
                break;
            }
        }
        self.safe.lock().insert(folder.to_owned());
        Ok(())
    }

    /// Where the object lies.
    fn place(&self, name: &BlobName) -> PathBuf {
        let fan_out = format!("{:02x}", fan_out(name.as_str()));
        self.objects.join(name.first_segment()).join(fan_out).join(name.as_str().replace('/', "+"))
    }
}

impl Blobs for DiskBlobs {
    fn create<'call>(&'call self, name: &'call BlobName) -> BoxFuture<'call, Result<Box<dyn BlobWriter>, BlobError>> {
        let (folders, name) = (self.folders.clone(), name.clone());
        Box::pin(blocking("start an object", move || {
            let writer = writer::DiskWriter::start(folders, name)?;
            Ok(Box::new(writer) as Box<dyn BlobWriter>)
        }))
    }

    fn read<'call>(
        &'call self,
        name: &'call BlobName,
        range: Range<u64>,
    ) -> BoxFuture<'call, Result<Bytes, BlobError>> {
        Box::pin(async move {
            let wanted = usize::try_from(range.end.saturating_sub(range.start))
                .map_err(|error| BlobError::unavailable("read so much at once", error))?;
            if wanted == 0 {
                return Ok(Bytes::new());
            }
            let file = self.handle(name).await?;
            if wanted <= INLINE_READ_BYTES_MAX
                && let Some(bytes) = read_from_page_cache(&file, range.start, wanted)
            {
                return Ok(bytes);
            }
            let name = name.clone();
            blocking("read an object", move || read_exactly(&file, &name, range, wanted)).await
        })
    }

    fn len<'call>(&'call self, name: &'call BlobName) -> BoxFuture<'call, Result<u64, BlobError>> {
        let (folders, name) = (self.folders.clone(), name.clone());
        Box::pin(async move {
            // Of an open file the system knows it without a look at the disk; and whether it still has a name there.
            if let Some(Ok(metadata)) = folders.handles.get(&name).map(|file| file.metadata())
                && has_name(&metadata)
            {
                return Ok(metadata.len());
            }
            let measured = blocking("measure an object", move || {
                let metadata = fs::metadata(folders.place(&name));
                metadata.map(|found| found.len()).map_err(|error| BlobError::of_file("measure an object", &name, error))
            });
            measured.await
        })
    }

    fn delete<'call>(&'call self, name: &'call BlobName) -> BoxFuture<'call, Result<(), BlobError>> {
        let (folders, name) = (self.folders.clone(), name.clone());
        Box::pin(blocking("delete an object", move || {
            let place = folders.place(&name);
            let removed = fs::remove_file(&place);
            folders.handles.forget(&name);
            match removed {
                Ok(()) => place.parent().map_or(Ok(()), sync_folder),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                Err(error) => Err(error),
            }
            .map_err(|error| BlobError::of_io("delete an object", error))
        }))
    }

    fn list(&self, prefix: Option<&BlobName>) -> BoxStream<'_, Result<BlobEntry, BlobError>> {
        listing::list(self.folders.clone(), prefix.cloned())
    }

    fn sweep_unfinished(&self, older_than: SystemTime) -> BoxFuture<'_, Result<u64, BlobError>> {
        let folders = self.folders.clone();
        Box::pin(blocking("remove unfinished objects", move || {
            listing::sweep(&folders.unfinished, older_than)
                .map_err(|error| BlobError::of_io("remove unfinished objects", error))
        }))
    }

    fn free_bytes(&self) -> BoxFuture<'_, Result<Option<u64>, BlobError>> {
        let folders = self.folders.clone();
        Box::pin(blocking("measure the free space", move || {
            let measured = rustix::fs::statvfs(&folders.objects);
            let space = measured.map_err(|error| BlobError::of_io("measure the free space", error.into()))?;
            Ok(Some(space.f_bavail.saturating_mul(space.f_frsize)))
        }))
    }
}

/// Runs file operations off the async threads.
async fn blocking<T: Send + 'static>(
    action: &'static str,
    work: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
) -> Result<T, BlobError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(BlobError::unavailable(action, error)))
}

/// The bytes, if all of them are in the page cache: a hot range is then answered without a change of thread.
#[cfg(target_os = "linux")]
fn read_from_page_cache(file: &File, offset: u64, wanted: usize) -> Option<Bytes> {
    let mut buffer = vec![0; wanted];
    let flags = rustix::io::ReadWriteFlags::NOWAIT;
    let read = rustix::io::preadv2(file, &mut [io::IoSliceMut::new(&mut buffer)], offset, flags).ok()?;
    (read == wanted).then(|| Bytes::from(buffer))
}

#[cfg(unix)]
fn has_name(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    metadata.nlink() > 0
}

#[cfg(not(unix))]
fn has_name(_metadata: &fs::Metadata) -> bool {
    false
}

/// The file, if all folders on its way are in the system's cache: it is then opened without a change of thread.
#[cfg(target_os = "linux")]
fn open_from_cache(place: &Path) -> Option<File> {
    use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};
    let opened = openat2(CWD, place, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty(), ResolveFlags::CACHED);
    opened.ok().map(File::from)
}

#[cfg(not(target_os = "linux"))]
fn open_from_cache(_place: &Path) -> Option<File> {
    None
}

#[cfg(not(target_os = "linux"))]
fn read_from_page_cache(_file: &File, _offset: u64, _wanted: usize) -> Option<Bytes> {
    None
}

fn read_exactly(file: &File, name: &BlobName, range: Range<u64>, wanted: usize) -> Result<Bytes, BlobError> {
    let failed = |error| BlobError::of_io("read an object", error);
    // Before any memory is taken: a range far past the end must not cost it.
    let len = file.metadata().map_err(failed)?.len();
    if range.end > len {
        return Err(BlobError::Truncated { name: name.clone(), len, wanted: range.end });
    }
    let mut buffer = Vec::with_capacity(wanted);
    let mut offset = range.start;
    while buffer.len() < wanted {
        match rustix::io::pread(file, rustix::buffer::spare_capacity(&mut buffer), offset) {
            Ok(0) => {
                return Err(BlobError::Truncated { name: name.clone(), len: offset, wanted: range.end });
            }
            Ok(read) => offset = offset.saturating_add(u64::try_from(read).unwrap_or(u64::MAX)),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(failed(error.into())),
        }
    }
    buffer.truncate(wanted);
    Ok(Bytes::from(buffer))
}

/// The mode of folders that only their owner may look into.
const PRIVATE: u32 = 0o700;

/// Makes a folder and its missing parents, each safe against a power cut. Blocks.
///
/// # Errors
/// When the system refuses.
pub fn make_folder(folder: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    match fs::DirBuilder::new().mode(mode).create(folder) {
        Ok(()) => folder.parent().map_or(Ok(()), sync_folder),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).ok_or(error)?;
            make_folder(parent, mode)?;
            make_folder(folder, mode)
        }
        Err(error) => Err(error),
    }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder)?.sync_all()
}

/// One of 256 folders: FNV-1a, folded. It must never change, or objects wouldn't be found again.
fn fan_out(name: &str) -> u8 {
    let hash = name.bytes().fold(0x811C_9DC5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash.to_be_bytes().into_iter().fold(0, |folded, byte| folded ^ byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_an_object_never_changes() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = DiskBlobs::open(folder.path()).unwrap();
        let place = blobs.folders.place(&BlobName::parse("acme/0190/1/original").unwrap());
        assert_eq!(place.strip_prefix(folder.path()).unwrap(), Path::new("objects/acme/86/acme+0190+1+original"));
    }

    #[test]
    fn objects_spread_over_the_folders() {
        let mut counts = [0_u32; 256];
        for number in 0..25_600 {
            counts[usize::from(fan_out(&format!("acme/recording-{number}/1/original")))] += 1;
        }
        assert!(counts.iter().all(|count| (40..200).contains(count)), "{counts:?}");
    }
}

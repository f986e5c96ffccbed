//! The few WASI calls of the plugin: the wall clock, the environment, and files in mounted directories. The functions
//! call the imports directly, without libc. The plugin uses no randomness and no monotonic clock.
#![expect(unsafe_code, reason = "WASI takes raw pointers")]

use protocol::time::UnixTime;
use wasi::{CLOCKID_REALTIME, ERRNO_BADF, Errno, Fd, Iovec, LOOKUPFLAGS_SYMLINK_FOLLOW, RIGHTS_FD_READ};

use super::HostError;
use super::sized::MAX_READ;

/// The first descriptor that can be a mounted directory; 0 to 2 are the standard streams.
const FIRST_MOUNT: Fd = 3;
/// The maximum number of descriptors that are tried. Traefik numbers mounts one after the other.
const MOUNTS: Fd = 64;
/// Bytes of a file that are read at once.
const CHUNK: usize = 8 * 1024;
/// Largest file that is read, in bytes.
const MAX_FILE: usize = 256 * 1024;

fn failed(errno: Errno) -> HostError {
    HostError::Wasi(errno.raw())
}

/// The wall clock, in whole seconds.
pub(super) fn now() -> Result<UnixTime, HostError> {
    // SAFETY: takes no pointer from us.
    let nanoseconds = unsafe { wasi::clock_time_get(CLOCKID_REALTIME, 1_000_000_000) }.map_err(failed)?;
    Ok(UnixTime::new(nanoseconds / 1_000_000_000))
}

/// The value of one environment variable. `None` if it is absent or empty.
pub(super) fn env(name: &str) -> Result<Option<Vec<u8>>, HostError> {
    // SAFETY: takes no pointer from us.
    let (count, size) = unsafe { wasi::environ_sizes_get() }.map_err(failed)?;
    if count > MAX_READ / 8 || size > MAX_READ {
        return Err(HostError::TooLarge);
    }
    let mut pointers = vec![core::ptr::null_mut::<u8>(); count];
    let mut bytes = vec![0_u8; size];
    // SAFETY: both buffers have the sizes that the host returned, and its environment does not change.
    unsafe { wasi::environ_get(pointers.as_mut_ptr(), bytes.as_mut_ptr()) }.map_err(failed)?;
    let value = bytes
        .split(|byte| *byte == 0)
        .find_map(|entry| entry.strip_prefix(name.as_bytes())?.strip_prefix(b"="))
        .filter(|value| !value.is_empty());
    Ok(value.map(<[u8]>::to_vec))
}

/// The whole file at an absolute path.
pub(super) fn read_file(path: &str) -> Result<Vec<u8>, HostError> {
    let (mount, below) = mount_of(path)?;
    // SAFETY: takes no pointer but the path.
    let file = unsafe { wasi::path_open(mount, LOOKUPFLAGS_SYMLINK_FOLLOW, below, 0, RIGHTS_FD_READ, 0, 0) }
        .map_err(failed)?;
    let content = read_all(file);
    // SAFETY: the descriptor is not used afterwards. If it cannot be closed, nothing is lost.
    let _ = unsafe { wasi::fd_close(file) };
    content
}

fn read_all(file: Fd) -> Result<Vec<u8>, HostError> {
    let mut content = Vec::new();
    let mut chunk = vec![0_u8; CHUNK];
    loop {
        let target = [Iovec { buf: chunk.as_mut_ptr(), buf_len: chunk.len() }];
        // SAFETY: the one buffer has the length that it says.
        let count = unsafe { wasi::fd_read(file, &target) }.map_err(failed)?;
        if count == 0 {
            return Ok(content);
        }
        content.extend_from_slice(chunk.get(..count).ok_or(HostError::Malformed)?);
        if content.len() > MAX_FILE {
            return Err(HostError::TooLarge);
        }
    }
}

/// The deepest mounted directory that holds the path, and the path below it.
fn mount_of(path: &str) -> Result<(Fd, &str), HostError> {
    let mut best: Option<(usize, Fd, &str)> = None;
    for mount in FIRST_MOUNT..FIRST_MOUNT + MOUNTS {
        // SAFETY: takes no pointer from us.
        let prestat = match unsafe { wasi::fd_prestat_get(mount) } {
            Ok(prestat) => prestat,
            Err(ERRNO_BADF) => break,
            Err(errno) => return Err(failed(errno)),
        };
        // SAFETY: preview 1 has no other kind than a directory.
        let size = unsafe { prestat.u.dir.pr_name_len };
        if size > CHUNK {
            return Err(HostError::TooLarge);
        }
        let mut name = vec![0_u8; size];
        // SAFETY: the buffer has the length that it says.
        unsafe { wasi::fd_prestat_dir_name(mount, name.as_mut_ptr(), name.len()) }.map_err(failed)?;
        let deeper = best.is_none_or(|(length, ..)| size > length);
        if let Some(below) = super::mount::below(path, &name)
            && deeper
        {
            best = Some((size, mount, below));
        }
    }
    best.map(|(_, mount, below)| (mount, below)).ok_or(HostError::NotMounted)
}

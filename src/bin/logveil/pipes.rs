//! What is read and written, where that is more than bytes.

use std::io::{self, ErrorKind, IoSlice, Read, Write};

/// What can be read and waited for.
#[cfg(unix)]
pub trait Input: Read + std::os::fd::AsFd {}
#[cfg(unix)]
impl<T: Read + std::os::fd::AsFd> Input for T {}

#[cfg(not(unix))]
pub trait Input: Read {}
#[cfg(not(unix))]
impl<T: Read> Input for T {}

/// Writes the pieces one after the other, with as few calls as the system lets them be.
pub fn write_all(out: &mut impl Write, pieces: &[&[u8]]) -> io::Result<()> {
    let mut slices: Vec<IoSlice<'_>> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
    let mut rest = &mut slices[..];
    while !rest.is_empty() {
        match out.write_vectored(rest) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(length) => IoSlice::advance_slices(&mut rest, length),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Gives a pipe room for several reads, so that its two ends seldom wait for each other.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn widen(end: impl std::os::fd::AsFd) {
    use rustix::pipe::{fcntl_getpipe_size, fcntl_setpipe_size};

    /// What Linux grants to anybody.
    const ROOM: usize = 1 << 20;
    if fcntl_getpipe_size(&end).is_ok_and(|room| room < ROOM) {
        // It works without, and the system has its reasons.
        let _ = fcntl_setpipe_size(end, ROOM);
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub fn widen<T>(_: T) {}

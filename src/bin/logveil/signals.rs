//! SIGTERM and SIGINT: stop waiting for more, mask what has come, leave.

#[cfg(unix)]
pub use unix::Signals;

#[cfg(not(unix))]
pub use other::Signals;

#[cfg(unix)]
mod unix {
    use std::io;
    use std::os::fd::{AsFd, OwnedFd};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    /// How much more is read from an input that goes on writing after the signal.
    const DRAIN: usize = 64 << 20;

    /// Waits for input or a signal, whichever comes first.
    pub struct Signals {
        pipe: OwnedFd,
        drained: Option<usize>,
    }

    impl Signals {
        pub fn listen() -> io::Result<Self> {
            let (read, write) = std::io::pipe()?;
            for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT] {
                signal_hook::low_level::pipe::register(signal, write.try_clone()?)?;
            }
            Ok(Signals { pipe: read.into(), drained: None })
        }

        /// Whether there is input at once. A fault is what [`wait`](Self::wait) will say.
        pub fn is_ready(&self, input: impl AsFd) -> bool {
            let now = Timespec { tv_sec: 0, tv_nsec: 0 };
            poll(&mut [PollFd::new(&input, PollFlags::IN)], Some(&now)).is_ok_and(|ready| ready > 0)
        }

        /// Whether to read on: yes when there is input; after a signal only as long as input is there at once.
        pub fn wait(&mut self, input: impl AsFd) -> io::Result<bool> {
            loop {
                let timeout = self.drained.map(|_| Timespec { tv_sec: 0, tv_nsec: 0 });
                let mut fds = [PollFd::new(&input, PollFlags::IN), PollFd::new(&self.pipe, PollFlags::IN)];
                match poll(&mut fds, timeout.as_ref()) {
                    Err(rustix::io::Errno::INTR) => continue,
                    other => other?,
                };
                let [input, signal] = fds.map(|fd| !fd.revents().is_empty());
                if self.drained.is_none() && signal {
                    self.drained = Some(0);
                    continue;
                }
                return Ok(input && self.drained.is_none_or(|drained| drained < DRAIN));
            }
        }

        /// Tells how much was read, which after a signal is bounded.
        pub fn has_read(&mut self, bytes: usize) {
            if let Some(drained) = &mut self.drained {
                *drained += bytes;
            }
        }

        pub fn stopping(&self) -> bool {
            self.drained.is_some()
        }
    }
}

#[cfg(not(unix))]
mod other {
    use std::io;

    /// Where there are no signals, the process ends as its system says.
    pub struct Signals;

    impl Signals {
        pub fn listen() -> io::Result<Self> {
            Ok(Signals)
        }

        /// Not to be known here, so nothing is kept in work while the input is waited for.
        pub fn is_ready<T>(&self, _: T) -> bool {
            false
        }

        pub fn wait<T>(&mut self, _: T) -> io::Result<bool> {
            Ok(true)
        }

        pub fn has_read(&mut self, _: usize) {}

        pub fn stopping(&self) -> bool {
            false
        }
    }
}

//! A redactor that is exchanged while others use it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::error::Error;
use crate::redact::Redactor;

/// Holds the redactor in force: a policy or its keys change, and nothing stops meanwhile.
///
/// A reload that fails changes nothing, so the last good policy stays in force.
///
/// ```
/// use logveil::{LiveRedactor, Policy, Redactor};
///
/// let live = LiveRedactor::new(Redactor::builtin()?);
/// live.reload(|| Redactor::builder().policy(Policy::parse("new", "[actions]\ndefault = 'mask'")?).build())?;
/// assert_eq!(live.current().redact_message(b"pwd=hunter2"), b"pwd=*******");
/// assert!(live.reload(|| Redactor::builder().policy(Policy::parse("bad", "packs = 1")?).build()).is_err());
/// assert_eq!(live.current().redact_message(b"pwd=hunter2"), b"pwd=*******");
/// # Ok::<(), logveil::Error>(())
/// ```
#[derive(Debug)]
pub struct LiveRedactor {
    current: RwLock<Arc<Redactor>>,
    /// Held while a new one is built, so that the one that was asked for last is the one that stays.
    building: Mutex<()>,
    reloads: AtomicU64,
}

impl LiveRedactor {
    /// Begins with this one.
    pub fn new(redactor: Redactor) -> Self {
        LiveRedactor { current: RwLock::new(Arc::new(redactor)), building: Mutex::new(()), reloads: AtomicU64::new(0) }
    }

    /// The redactor in force. Who holds it keeps it, whatever is loaded meanwhile: take one for each batch.
    pub fn current(&self) -> Arc<Redactor> {
        // A guard is never held while anything runs that could panic, so what is there is whole.
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts what `build` makes in force. Others go on with the former one while it is built.
    ///
    /// # Errors
    /// That of `build`. The former redactor stays in force.
    pub fn reload(&self, build: impl FnOnce() -> Result<Redactor, Error>) -> Result<(), Error> {
        let _one_by_one = self.building.lock().unwrap_or_else(PoisonError::into_inner);
        let redactor = Arc::new(build()?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = redactor;
        self.reloads.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// How many reloads have succeeded.
    pub fn reloads(&self) -> u64 {
        self.reloads.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use super::*;
    use crate::policy::Policy;

    fn of(policy: &str) -> Result<Redactor, Error> {
        Redactor::builder().policy(Policy::parse("p", policy)?).build()
    }

    const LINE: &[u8] = b"pwd=hunter2";

    #[test]
    fn a_bad_reload_keeps_the_last_good_policy() {
        let live = LiveRedactor::new(of("[actions]\ndefault = 'mask'").unwrap());
        for bad in ["packs = 1", "[rules.no-such]\nenabled = false", "[allow]\npatterns = ['.*']", "[actions]\ndefault = 'hash'"] {
            let before = live.current();
            assert!(live.reload(|| of(bad)).unwrap_err().to_string().starts_with("policy p: "), "{bad}");
            assert!(Arc::ptr_eq(&before, &live.current()), "{bad}");
        }
        assert_eq!((live.reloads(), live.current().redact_message(LINE)), (0, b"pwd=*******".to_vec()));
    }

    #[test]
    fn a_build_that_panics_keeps_it_too() {
        let live = LiveRedactor::new(of("").unwrap());
        let before = live.current();
        thread::scope(|scope| assert!(scope.spawn(|| live.reload(|| panic!("while building"))).join().is_err()));
        assert!(Arc::ptr_eq(&before, &live.current()));
        assert!(live.reload(|| of("")).is_ok() && live.reloads() == 1);
    }

    /// While one is built, the others neither wait nor change.
    #[test]
    fn who_holds_a_redactor_keeps_it() {
        let live = LiveRedactor::new(of("").unwrap());
        let held = live.current();
        let (started, is_started) = mpsc::channel();
        let (go_on, goes_on) = mpsc::channel::<()>();
        thread::scope(|scope| {
            let live = &live;
            scope.spawn(move || {
                live.reload(|| {
                    started.send(()).unwrap();
                    goes_on.recv().unwrap();
                    of("[actions]\ndefault = 'mask'")
                })
            });
            is_started.recv().unwrap();
            assert!(Arc::ptr_eq(&held, &live.current()));
            go_on.send(()).unwrap();
        });
        assert_eq!(live.current().redact_message(LINE), b"pwd=*******");
        assert_eq!(held.redact_message(LINE), b"pwd=[REDACTED:assigned-pwd]");
    }
}

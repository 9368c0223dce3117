//! The engine of a URL, which its first connection finds out for all others.

use std::sync::{Arc, OnceLock};

use super::Engine;

/// The engine behind a URL, where it is known. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Known(Arc<OnceLock<&'static Engine>>);

impl Known {
    /// The engine that the user names.
    pub fn named(engine: &'static Engine) -> Known {
        let known = Known::default();
        known.found(engine);
        known
    }

    /// The engine, if a connection was opened, or the user has named it.
    pub fn get(&self) -> Option<&'static Engine> {
        self.0.get().copied()
    }

    /// Notes what a connection has found. The first one decides.
    pub(crate) fn found(&self, engine: &'static Engine) {
        let _ = self.0.set(engine);
    }
}

/// What was found out about a server says nothing about where it is.
impl PartialEq for Known {
    fn eq(&self, _: &Known) -> bool {
        true
    }
}

impl Eq for Known {}

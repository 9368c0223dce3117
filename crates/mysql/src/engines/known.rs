//! The engine of a URL. The first connection finds it out for all later ones.

use std::sync::{Arc, OnceLock};

use super::Engine;

/// The engine of a URL's server, once it is known. Clones share it.
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

    /// Records the engine that a connection has found. Only the first call has an effect.
    pub(crate) fn found(&self, engine: &'static Engine) {
        let _ = self.0.set(engine);
    }
}

/// All values are equal, because the engine that was found out is not a part of the URL.
impl PartialEq for Known {
    fn eq(&self, _: &Known) -> bool {
        true
    }
}

impl Eq for Known {}

//! Where threads, rayon and tokio meet: records are cleaned, judged in file order, and handed to
//! the connections that load them.

pub mod cancel;
pub mod load;
pub mod pipeline;
pub mod rejects;

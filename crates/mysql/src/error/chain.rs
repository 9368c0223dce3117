//! Finds an [`Error`] in the error of a caller.
//!
//! Transitional: callers hand in an `anyhow::Error`, or the raw error of a client. When the engine
//! has error enums of its own, its functions can take an [`Error`] and this module goes.

use std::error::Error as StdError;

use super::Error;
use super::client::Kind;

/// What `judge` says of the first error in the chain that is ours or a client's; `None` when there
/// is no such error.
pub(crate) fn in_chain<T>(
    error: &(dyn StdError + 'static),
    judge: impl FnOnce(&Error) -> T,
) -> Option<T> {
    let mut next = Some(error);
    while let Some(cause) = next {
        let words = || cause.to_string().into();
        if let Some(own) = cause.downcast_ref::<Error>() {
            return Some(judge(own));
        }
        if let Some(client) = cause.downcast_ref() {
            return Some(judge(&Kind::of_sqlx(client).with(words())));
        }
        if let Some(client) = cause.downcast_ref() {
            return Some(judge(&Kind::of_mysql_async(client).with(words())));
        }
        if cause.is::<std::io::Error>() {
            return Some(judge(&Error::Connection(words())));
        }
        next = cause.source();
    }
    None
}

//! Finds an [`Error`] in the chain of causes of any error.
//!
//! Transitional: callers pass an `anyhow::Error`, or the error of a client. When the engine has
//! error enums, its functions can take an [`Error`], and this module can be removed.

use std::error::Error as StdError;

use super::Error;
use super::client::Kind;

/// Applies `judge` to the first error in the chain that is an [`Error`] or a client's error; `None`
/// if there is no such error.
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

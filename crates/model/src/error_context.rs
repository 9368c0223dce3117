//! Adds a message to an error: what the program was doing when the error occurred.
//!
//! Each crate has an error enum of its own, with a variant `Context { words, cause }`.
//! [`error_context!`](crate::error_context!) defines the trait `Context` for such an enum. It is a
//! macro, not a generic trait, because `?` converts errors: with a trait that is generic over the
//! error, the compiler could not infer the type of the error.

/// Defines the trait `Context` for an error enum. The trait adds a message to an error. It also
/// turns a missing value into an error, of the variant that is given as `missing`.
#[macro_export]
macro_rules! error_context {
    ($visibility:vis $error:ident, missing: $missing:ident) => {
        /// Adds to an error what the program was doing when the error occurred.
        $visibility trait Context<T> {
            /// Adds a message to an error. The message is made only if there is an error.
            fn with_context<W: ::std::fmt::Display>(
                self,
                words: impl FnOnce() -> W,
            ) -> ::std::result::Result<T, $error>;

            /// Adds a message to an error.
            fn context(
                self,
                words: impl ::std::fmt::Display,
            ) -> ::std::result::Result<T, $error>
            where
                Self: Sized,
            {
                self.with_context(|| words)
            }
        }

        impl<T, E: Into<$error>> Context<T> for ::std::result::Result<T, E> {
            fn with_context<W: ::std::fmt::Display>(
                self,
                words: impl FnOnce() -> W,
            ) -> ::std::result::Result<T, $error> {
                self.map_err(|error| $error::Context {
                    words: words().to_string(),
                    cause: Box::new(error.into()),
                })
            }
        }

        impl<T> Context<T> for Option<T> {
            fn with_context<W: ::std::fmt::Display>(
                self,
                words: impl FnOnce() -> W,
            ) -> ::std::result::Result<T, $error> {
                self.ok_or_else(|| $error::$missing(words().to_string()))
            }
        }
    };
}

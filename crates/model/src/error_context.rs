//! Errors with words about what was being done when they happened.
//!
//! Each crate has an error enum of its own, with a variant `Context { words, cause }`.
//! [`error_context!`](crate::error_context!) gives such an enum the trait `Context`. It is a macro
//! because `?` converts errors: with a trait that is generic over the error, the compiler could not
//! tell which error is meant.

/// Defines the trait `Context` for an error enum, which puts words in front of an error. A missing
/// value becomes the variant of the enum that is named.
#[macro_export]
macro_rules! error_context {
    ($visibility:vis $error:ident, missing: $missing:ident) => {
        /// Says what was being done when something failed.
        $visibility trait Context<T> {
            /// Puts words in front of an error, made only when there is one.
            fn with_context<W: ::std::fmt::Display>(
                self,
                words: impl FnOnce() -> W,
            ) -> ::std::result::Result<T, $error>;

            /// Puts words in front of an error.
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

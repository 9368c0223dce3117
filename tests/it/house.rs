//! Rules for the source code: its modules and its prose.

mod modules;
mod prose;

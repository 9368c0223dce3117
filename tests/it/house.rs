//! What holds for the source: its modules and its prose.

mod modules;
mod prose;

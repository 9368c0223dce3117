//! Records become rows or rejects: which ones are accepted, and by which rule the others are
//! rejected.

mod ambiguous_values;
mod conventions;
mod correction;
mod dirty;
mod independence;
mod keys;
mod over_budget;
mod properties;
mod read_path;
mod types;
mod variants;

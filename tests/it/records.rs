//! Records become rows or rejects: what is accepted, what is not, and under which rule.

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

//! Runs that were killed, interrupted or disconnected, and the runs that resume them.

mod again;
mod append;
mod errors;
mod finished;
mod lost_answer;
mod network;
mod same_run;
mod timeouts;
mod torture;

//! Runs that were killed, interrupted or disconnected, and the runs that resume them.

mod again;
mod append;
mod finished;
mod lost_answer;
mod network;
mod same_run;
mod timeouts;
mod torture;

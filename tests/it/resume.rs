//! Runs that were killed, interrupted or cut off, and what the next run makes of them.

mod again;
mod append;
mod finished;
mod lost_answer;
mod network;
mod same_run;
mod timeouts;
mod torture;

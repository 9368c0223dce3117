//! What tests share: servers, folders, databases, input files, and ways to run the binary.

pub mod background;
pub mod data;
pub mod effort;
pub mod harness;
pub mod http_server;
pub mod network;
pub mod own_server;
pub mod packets;
pub mod private;
pub mod proxy;
pub mod running;
pub mod scratch;
pub mod watched;

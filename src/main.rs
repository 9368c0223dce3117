//! The program on one screen: parse, run, print the chain, exit code.

fn main() {}

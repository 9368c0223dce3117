//! HAProxy in TCP mode.

use std::path::Path;
use std::process::Child;

use super::{Backend, Proxy, Result, expected, is_no_difference, seed};
use crate::background::{background, ended, with_batches_in};
use crate::harness::{Scratch, Server, on_both_servers, run};

fn before(backend: &Backend) -> Proxy {
    Proxy::start("haproxy", "haproxy", |port, _| {
        let server = backend.port;
        format!(
            "defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 1h\n  timeout server 1h\n\
             listen mysql\n  bind 127.0.0.1:{port}\n  server only 127.0.0.1:{server}\n"
        )
    })
}

on_both_servers! {
    fn a_load_through_it_has_the_same_result_as_one_without_it(server: Server) {
        let backend = Backend::of(server);
        is_no_difference(&backend, &before(&backend));
    }
}

/// A run some batches of which are loaded when the proxy is killed.
fn under_way(home: &Path, scratch: &Scratch, proxy: &mut Proxy, batches: u64) -> Child {
    let seed = background(home, seed("proxied", &proxy.url(scratch.name())));
    let child = with_batches_in(seed, scratch.url(), batches, "TRUE");
    proxy.kill();
    child
}

on_both_servers! {
    fn a_run_ends_complete_when_the_killed_proxy_comes_back(server: Server) {
        let backend = Backend::of(server);
        let mut proxy = before(&backend);
        let (home, expected) = expected(&backend);
        for batches in [2, 9, 20] {
            let scratch = Scratch::at(backend.url);
            let child = under_way(home.path(), &scratch, &mut proxy, batches);
            std::thread::sleep(std::time::Duration::from_secs(1));
            proxy.start_again();
            ended(child).exits(0).says("trying again");
            assert_eq!(Result::of(home.path(), "proxied"), expected, "{batches} batches");
            run(home.path(), ["verify", "--database-url", scratch.url()]).exits(0);
        }
    }
}

on_both_servers! {
    fn a_run_whose_proxy_stays_away_is_resumed_by_the_same_command(server: Server) {
        let backend = Backend::of(server);
        let mut proxy = before(&backend);
        let (home, expected) = expected(&backend);
        let scratch = Scratch::at(backend.url);
        let child = under_way(home.path(), &scratch, &mut proxy, 5);
        ended(child).exits(2).says("nothing listens at 127.0.0.1");
        proxy.start_again();
        let again = seed("proxied", &proxy.url(scratch.name()));
        run(home.path(), again).exits(0).says("resuming");
        assert_eq!(Result::of(home.path(), "proxied"), expected);
        run(home.path(), ["verify", "--database-url", scratch.url()]).exits(0);
    }
}

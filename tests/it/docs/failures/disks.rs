//! Full disks, and folders and files that cannot be written.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::as_documented;
use crate::support::data::{Files, sample_data};
use crate::support::harness::{Scratch, Server, folder, on_both_servers, ran, reviewseed, run};
use crate::support::own_server::OwnServer;

/// A folder that takes 64 KiB: a small file system where the test may mount one (as root),
/// otherwise files may not grow beyond that.
struct SmallDisk {
    path: PathBuf,
    mounted: bool,
}

impl SmallDisk {
    fn new(path: PathBuf) -> SmallDisk {
        fs::create_dir_all(&path).unwrap();
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=64k", "none"])
            .arg(&path)
            .output();
        let mounted = mount.is_ok_and(|done| done.status.success());
        SmallDisk { path, mounted }
    }

    /// The binary with these arguments.
    fn run(&self, home: &std::path::Path, arguments: &[&str]) -> crate::support::harness::Ran {
        if self.mounted {
            return run(home, arguments);
        }
        let mut command = assert_cmd::Command::new("sh");
        command
            .current_dir(home)
            .env_remove("DATABASE_URL")
            // the signal would end it before it can say anything
            .args([
                "-c",
                "trap '' XFSZ; ulimit -f 64; exec \"$@\"",
                "sh",
                env!("CARGO_BIN_EXE_reviewseed"),
            ])
            .args(arguments);
        ran(&mut command)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        if self.mounted {
            let _ = Command::new("umount").arg(&self.path).status();
        }
    }
}

on_both_servers! {
    long
    fn a_full_disk_under_the_rejects_stops_the_run_which_can_be_resumed(server: Server) {
        let (home, scratch) = (folder(), Scratch::new(server));
        run(home.path(), ["generate", "csv", "--products", "400", "--variant", "dirty", "--dirt", "0.4", "-q"]).exits(0);
        let disk = SmallDisk::new(home.path().join("rejects"));
        let arguments = ["seed", "csv", "--max-rejects", "100%", "--database-url", scratch.url()];
        let ran = disk.run(home.path(), &arguments);
        as_documented("The disk under rejects/ fills", &ran);
        drop(disk);
        run(home.path(), arguments).exits(0).says("interrupted while loading");
        run(home.path(), ["verify", "--database-url", scratch.url()]).exits(0);
    }
}

on_both_servers! {
    long
    // InnoDB says the same of a disk without room and of a tablespace that may grow no more; the
    // latter needs no root
    fn a_full_disk_of_the_server_stops_the_run_which_can_be_resumed(server: Server) {
        let home = folder();
        run(home.path(), ["generate", "csv", "--products", "2000", "-q"]).exits(0);
        let mut own = OwnServer::new(server, home.path());
        let room = |most: &str| {
            let file = format!("--innodb-data-file-path=ibdata1:12M:autoextend{most}");
            [file, "--innodb-file-per-table=OFF".to_owned()]
        };
        own.start(&room(":max:16M"));
        let url = own.socket_url().to_owned();
        let arguments = ["seed", "csv", "--database-url", &url];
        let full = run(home.path(), arguments);
        as_documented("The server's disk fills", &full);
        own.kill();
        own.start(&room(""));
        run(home.path(), arguments).exits(0).says("interrupted while loading");
        run(home.path(), ["verify", "--database-url", &url]).exits(0);
    }
}

on_both_servers! {
    fn a_rejects_folder_that_cannot_be_written_stops_the_run_before_row_one(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        // nobody makes folders there, not even root
        let ran = files.seed(&scratch, &["--rejects", "/sys/kernel/rejects"]);
        as_documented("A rejects folder that cannot be written", &ran);
        assert!(scratch.rows("SHOW TABLES").is_empty());
    }
}

on_both_servers! {
    fn a_report_that_cannot_be_written_is_an_error_and_the_rows_are_loaded(server: Server) {
        let (files, scratch) = (Files::none(), Scratch::new(server));
        let data = sample_data();
        let arguments = ["seed", data.to_str().unwrap(), "--report", "/dev/full", "--database-url", scratch.url()];
        as_documented("A report that cannot be written", &run(&files.path(""), arguments));
        run(&files.path(""), ["verify", "--database-url", scratch.url()]).exits(0);
        let stdout = ran(reviewseed(&files.path("")).args(["verify", "--report", "/dev/full", "--database-url", scratch.url()]));
        stdout.exits(2).says("cannot write the report to /dev/full");
    }
}

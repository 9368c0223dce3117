//! The arguments of the private server: fast to load, and safe against a crash of the server.
//!
//! Pure functions choose the arguments from a few facts about the machine. Each setting has its
//! reason beside it. The option files of the machine are not read (`--no-defaults`).

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use super::programs::{Flavour, Product};
use super::state_dir::StateDir;

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// The account that runs the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Account {
    /// Both servers run as root only with `--user=root`.
    Root,
    Ordinary,
}

impl Account {
    pub(super) fn current() -> Self {
        if rustix::process::geteuid().is_root() {
            Account::Root
        } else {
            Account::Ordinary
        }
    }

    pub(super) fn arguments(self) -> impl Iterator<Item = OsString> {
        (self == Account::Root)
            .then(|| "--user=root".into())
            .into_iter()
    }
}

/// The facts that the sizes of buffer pool and redo log depend on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Machine {
    /// Memory of the machine in bytes, or the memory limit of the container if it has one.
    pub(super) memory: u64,
    /// Memory in bytes that is available now.
    pub(super) available: u64,
    /// Number of bytes free on the disk of the state directory.
    pub(super) free_disk: u64,
}

impl Machine {
    pub(super) fn measure(state_dir: &Path) -> Self {
        let limit = container_memory();
        // if a fact cannot be measured, the machine is assumed to be small
        let memory = physical_memory()
            .unwrap_or(2 * GIB)
            .min(limit.unwrap_or(u64::MAX));
        let free_disk =
            rustix::fs::statvfs(state_dir).map_or(16 * GIB, |disk| disk.f_bavail * disk.f_frsize);
        Machine {
            memory,
            available: available_memory().unwrap_or(memory),
            free_disk,
        }
    }

    /// The size of the buffer pool in bytes: a quarter of the memory, because seed and the page
    /// cache need memory, too; at most half of the memory that is available now, because other
    /// servers may run here; at most 4 GiB, because more does not make a load faster.
    fn buffer_pool(self) -> u64 {
        self.largest_buffer_pool()
            .min(self.available / 2)
            .max(128 * MIB)
            / MIB
            * MIB
    }

    fn largest_buffer_pool(self) -> u64 {
        (self.memory / 4).clamp(128 * MIB, 4 * GIB)
    }

    /// The largest redo log for this machine, in bytes. A load gains nothing from a larger one. It
    /// has at least 128 MiB, and otherwise takes at most a sixteenth of the free disk.
    fn largest_redo_log(self) -> u64 {
        (self.largest_buffer_pool() / 4)
            .min(self.free_disk / 16)
            .clamp(128 * MIB, GIB)
    }
}

/// The memory limit of the container in which this process runs, in bytes. It is read from the
/// control group, cgroups(7), version 2 or 1.
pub fn container_memory() -> Option<u64> {
    let limits = [
        "/sys/fs/cgroup/memory.max",
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
    ];
    limits
        .iter()
        .find_map(|path| fs::read_to_string(path).ok()?.trim().parse().ok())
}

#[cfg(target_os = "linux")]
fn physical_memory() -> Option<u64> {
    let info = rustix::system::sysinfo();
    Some(info.totalram as u64 * u64::from(info.mem_unit))
}

/// MemAvailable of proc_meminfo(5), in bytes.
fn available_memory() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|l| l.starts_with("MemAvailable:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes << 10)
}

#[cfg(not(target_os = "linux"))]
fn physical_memory() -> Option<u64> {
    let output = std::process::Command::new("sysctl")
        .args(["-n", "hw.memsize"])
        .output()
        .ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

/// Everything that the arguments depend on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub(super) flavour: Flavour,
    pub(super) account: Account,
    pub(super) machine: Machine,
    /// The port of 127.0.0.1 on which the server listens; `None`: on the unix socket only.
    pub(super) port: Option<u16>,
    /// Size of the buffer pool in bytes, if the user chose it.
    pub(super) buffer_pool: Option<u64>,
    /// Size in bytes of the tables that the server has.
    pub(super) tables: u64,
    /// Whether the redo log can be enlarged while the server runs.
    pub(super) resizable: bool,
}

/// The size of redo log that is enough for `data` bytes of data, at most `most` bytes.
///
/// With less than 64 MiB, checkpoints slow down even small loads.
pub(super) fn power_of_two(data: u64, most: u64) -> u64 {
    let enough = data.checked_next_power_of_two().unwrap_or(most);
    enough.max(64 * MIB).min(most)
}

/// Whether the redo log of this server can be made larger while it runs.
pub(super) fn is_resizable(product: &Product) -> bool {
    product.at_least(match product.flavour {
        Flavour::MySQL => &[8, 0, 30],
        Flavour::MariaDB => &[10, 9],
    })
}

impl Plan {
    /// The command line of the server. The prefix `loose-` marks options that some versions do not
    /// know; these versions ignore them.
    pub(super) fn arguments(&self, state: &StateDir, socket: &Path) -> Vec<OsString> {
        let path = |option: &str, path: &Path| {
            let mut argument = OsString::from(option);
            argument.push(path);
            argument
        };
        let mut arguments: Vec<OsString> = vec![
            "--no-defaults".into(),
            path("--datadir=", &state.data()),
            path("--socket=", socket),
            path("--pid-file=", &state.pid_file()),
            path("--init-file=", &state.start_sql()),
            // not /tmp, which may be small or in memory: index builds sort gigabytes in this folder
            path("--tmpdir=", &state.tmp()),
        ];
        arguments.extend(self.account.arguments());
        arguments.extend(self.choices().into_iter().map(OsString::from));
        arguments
    }

    /// Size of the buffer pool in bytes: what the user chose, else a size that suits the machine.
    pub(super) fn buffer_pool(&self) -> u64 {
        self.buffer_pool.unwrap_or(self.machine.buffer_pool())
    }

    /// Size of the redo log in bytes. It is as large as the tables, because both servers allocate
    /// the whole log when they start, and a small data set must not cost a gigabyte. A load
    /// enlarges it while the server runs ([`RunningServer::redo_log_for`]). A server that cannot
    /// enlarge its log starts with the largest size.
    ///
    /// The size is a power of two, so that it changes seldom: MariaDB rebuilds the log at each
    /// start that asks for another size.
    ///
    /// [`RunningServer::redo_log_for`]: super::RunningServer::redo_log_for
    pub(super) fn redo_log(&self) -> u64 {
        match self.resizable {
            true => power_of_two(self.tables, self.largest_redo_log()),
            false => self.largest_redo_log(),
        }
    }

    /// The largest size of the redo log in bytes: limited by the machine and, if the user chose a
    /// buffer pool, by a quarter of that.
    pub(super) fn largest_redo_log(&self) -> u64 {
        let most = self.machine.largest_redo_log();
        let most = self.buffer_pool.map_or(most, |pool| most.min(pool / 4));
        1 << most.max(32 * MIB).ilog2()
    }

    /// The option for the size of the redo log, for the initialisation too. With another size, the
    /// first start would create the log again.
    pub(super) fn redo_log_choice(&self) -> String {
        let option = match self.flavour {
            Flavour::MySQL => "--loose-innodb-redo-log-capacity",
            Flavour::MariaDB => "--innodb-log-file-size",
        };
        format!("{option}={}", self.redo_log())
    }

    fn choices(&self) -> Vec<String> {
        let mut choices = vec![
            format!("--innodb-buffer-pool-size={}", self.buffer_pool()),
            // a crash of the server loses nothing; a power failure may lose the last second, but
            // each lost batch loses its ledger row too, so the next run loads it again
            "--innodb-flush-log-at-trx-commit=2".into(),
            // without the doublewrite buffer, a power failure may leave torn pages, which cannot be
            // repaired
            "--innodb-doublewrite=ON".into(),
            // MariaDB's default, 200 per second, suits a single spinning disk
            "--innodb-io-capacity=10000".into(),
            "--innodb-io-capacity-max=20000".into(),
            // MariaDB's default, 1, lets one LOAD DATA at a time into a table with AUTO_INCREMENT
            "--innodb-autoinc-lock-mode=2".into(),
            // no replica reads a binary log of this server
            "--skip-log-bin".into(),
            // LOAD DATA LOCAL is the fastest SQL load
            "--local-infile=ON".into(),
            "--character-set-server=utf8mb4".into(),
            // clients read TIMESTAMP values in UTC, as they are stored
            "--default-time-zone=+00:00".into(),
            // a batch that is sent as one INSERT must fit into a packet
            "--max-allowed-packet=64M".into(),
            "--max-connections=100".into(),
            // with this, an account of 'localhost' is for the socket only, never for 127.0.0.1
            "--skip-name-resolve".into(),
        ];
        choices.push(self.redo_log_choice());
        match self.flavour {
            Flavour::MySQL => choices.extend([
                // the performance schema shows the progress of an ALTER; its other measurements are
                // off, because they cost time and 150 MB of memory
                "--performance-schema=ON".into(),
                "--performance-schema-instrument=%=OFF".into(),
                "--performance-schema-instrument=stage/innodb/alter%=ON".into(),
                "--performance-schema-consumer-events-stages-current=ON".into(),
                "--performance-schema-digests-size=0".into(),
                "--performance-schema-error-size=0".into(),
                "--performance-schema-events-stages-history-long-size=0".into(),
                "--performance-schema-events-statements-history-long-size=0".into(),
                "--performance-schema-events-transactions-history-long-size=0".into(),
                "--performance-schema-events-waits-history-long-size=0".into(),
                // packages set a folder that an ordinary user cannot read, and the server then
                // does not start
                "--secure-file-priv=NULL".into(),
                // the X protocol would open a second socket and port
                "--loose-mysqlx=OFF".into(),
            ]),
            // MariaDB's PROCESSLIST shows progress without the performance schema, so nothing is
            // added
            Flavour::MariaDB => {}
        }
        match self.port {
            Some(port) => {
                choices.extend(["--bind-address=127.0.0.1".into(), format!("--port={port}")])
            }
            None => {
                choices.push("--skip-networking".into());
                if self.flavour == Flavour::MySQL {
                    // sqlx uses TLS if the server offers it, but on a unix socket TLS only costs
                    // time
                    choices.push("--tls-version=".into());
                }
            }
        }
        choices
        // settings that keep their defaults: sql_mode (both servers are strict),
        // lower_case_table_names (the platform decides), the collation, and innodb_flush_method
        // (both servers choose O_DIRECT if the file system supports it)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(memory: u64, free_disk: u64) -> Machine {
        Machine {
            memory,
            available: memory,
            free_disk,
        }
    }

    #[test]
    fn a_machine_with_little_free_memory_gets_a_smaller_buffer_pool_and_the_same_redo_log() {
        let taken = Machine {
            available: 3 * GIB,
            ..machine(64 * GIB, 100 * GIB)
        };
        assert_eq!(
            (taken.buffer_pool(), taken.largest_redo_log()),
            (1536 * MIB, GIB)
        );
        let full = Machine {
            available: 0,
            ..taken
        };
        assert_eq!(full.buffer_pool(), 128 * MIB);
    }

    #[test]
    fn sizes_follow_the_machine_within_bounds() {
        let cases = [
            // memory, free disk → buffer pool, largest redo log
            (256 * MIB, GIB, 128 * MIB, 128 * MIB),
            (2 * GIB, 100 * GIB, 512 * MIB, 128 * MIB),
            (8 * GIB, 100 * GIB, 2 * GIB, 512 * MIB),
            (64 * GIB, 100 * GIB, 4 * GIB, GIB),
            (64 * GIB, 4 * GIB, 4 * GIB, 256 * MIB),
            (64 * GIB, 0, 4 * GIB, 128 * MIB),
        ];
        for (memory, disk, pool, redo) in cases {
            let machine = machine(memory, disk);
            assert_eq!(
                (machine.buffer_pool(), machine.largest_redo_log()),
                (pool, redo),
                "{memory} bytes of memory, {disk} free"
            );
        }
    }

    fn plan(flavour: Flavour) -> Plan {
        Plan {
            flavour,
            account: Account::Ordinary,
            machine: machine(64 * GIB, 100 * GIB),
            port: None,
            buffer_pool: None,
            tables: 0,
            resizable: true,
        }
    }

    #[test]
    fn the_redo_log_is_as_large_as_the_tables_within_bounds() {
        let redo_log = |tables, buffer_pool| {
            let plan = Plan {
                tables,
                buffer_pool,
                ..plan(Flavour::MySQL)
            };
            plan.redo_log()
        };
        assert_eq!(redo_log(0, None), 64 * MIB);
        assert_eq!(redo_log(100 * MIB, None), 128 * MIB);
        assert_eq!(redo_log(100 * GIB, None), GIB);
        assert_eq!(redo_log(u64::MAX, None), GIB);
        assert_eq!(redo_log(100 * GIB, Some(256 * MIB)), 64 * MIB);
        assert_eq!(redo_log(100 * GIB, Some(400 * MIB)), 64 * MIB);
        assert_eq!(redo_log(0, Some(MIB)), 32 * MIB);
        assert_eq!(redo_log(100 * GIB, Some(64 * GIB)), GIB);
    }

    #[test]
    fn a_server_whose_redo_log_cannot_grow_starts_with_the_largest() {
        let product = |flavour, version: &str| Product {
            flavour,
            version: version.to_owned(),
        };
        for (flavour, old, new) in [
            (Flavour::MySQL, "8.0.29", "8.0.30"),
            (Flavour::MariaDB, "10.8.8", "10.9.1"),
        ] {
            assert!(!is_resizable(&product(flavour, old)));
            assert!(is_resizable(&product(flavour, new)));
            let old = Plan {
                resizable: false,
                ..plan(flavour)
            };
            assert_eq!(old.redo_log(), GIB);
        }
    }

    #[test]
    fn the_network_is_reached_on_request_only_and_then_on_loopback() {
        let plan = |flavour, port| Plan {
            port,
            ..plan(flavour)
        };
        for flavour in [Flavour::MySQL, Flavour::MariaDB] {
            let without = plan(flavour, None).choices();
            assert!(without.iter().any(|choice| choice == "--skip-networking"));
            assert!(!without.iter().any(|choice| choice.starts_with("--port")));
            let with = plan(flavour, Some(4000)).choices();
            assert!(
                with.iter()
                    .any(|choice| choice == "--bind-address=127.0.0.1")
            );
            assert!(!with.iter().any(|choice| choice == "--skip-networking"));
        }
    }
}

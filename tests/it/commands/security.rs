//! Secrets that must not be disclosed: passwords, files of this machine, data that should be
//! encrypted.

mod rogue;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use mysql::db::{self, DatabaseUrl};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

use crate::support::data::Files;
use crate::support::harness::{
    Ran, Scratch, Server, execute, folder, on_both_servers, ran, reviewseed, rows, run, wait_for,
};
use crate::support::own_server::OwnServer;

const PASSWORD: &str = "s3cret /pass:w@rd";

/// An account with PASSWORD for this database.
struct Account {
    name: String,
    server: String,
}

impl Account {
    fn new(scratch: &Scratch, server: &str) -> Account {
        let name = format!("s{}", &scratch.name()[3..]);
        let name = name[..name.len().min(30)].to_owned();
        let grant = format!(
            "GRANT ALL ON `{}`.* TO '{name}'@'localhost'",
            scratch.name().replace('_', "\\_")
        );
        execute(
            server,
            &format!("CREATE USER '{name}'@'localhost' IDENTIFIED BY '{PASSWORD}'; {grant}"),
        );
        Account {
            name,
            server: server.to_owned(),
        }
    }

    fn url(&self, scratch: &Scratch) -> String {
        scratch
            .url()
            .replacen("root@", &format!("{}@", self.name), 1)
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        execute(
            &self.server,
            &format!("DROP USER '{}'@'localhost'", self.name),
        );
    }
}

fn silent_of_the_password(ran: &Ran) {
    for said in [&ran.stdout, &ran.stderr] {
        assert!(
            !said.contains("s3cret") && !said.contains("w@rd") && !said.contains("w%40rd"),
            "{said}"
        );
    }
}

on_both_servers! {
    // on a socket of a server without TLS, where one of the clients cannot log in for the first
    // time
    fn a_password_from_a_file_opens_the_database_and_is_shown_nowhere(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        let account = Account::new(&scratch, server.url());
        let (url, file) = (account.url(&scratch), files.path("password"));
        fs::write(&file, format!("{PASSWORD}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        let with_file = ["--database-url", &url, "--password-file", "password"];
        let ran = run(&files.path(""), ["seed", "csv", "-v", "--report", "report.json"].iter().chain(&with_file)).exits(0);
        assert!(!ran.stderr.contains("accounts other than its owner"), "{}", ran.stderr);
        silent_of_the_password(&ran);
        assert!(!fs::read_to_string(files.path("report.json")).unwrap().contains("s3cret"));
        let command = scratch.value("SELECT command FROM _reviewseed_commands");
        assert!(command.contains("--password-file password") && !command.contains("s3cret"), "{command}");
        execute(server.url(), "FLUSH PRIVILEGES");
        for command in [&["verify"][..], &["targets", "--limit", "1"], &["reindex", "--dry-run"]] {
            silent_of_the_password(&run(&files.path(""), command.iter().chain(&with_file)).exits(0));
        }

        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        run(&files.path(""), ["verify"].iter().chain(&with_file)).exits(0).says("warning: accounts other than its owner can read password; run chmod 600 password");
        let twice = url.replacen('@', ":other@", 1);
        let ran = run(&files.path(""), ["verify", "--database-url", &twice, "--password-file", "password"]).exits(2);
        silent_of_the_password(&ran.says("there are two passwords: one in "));
        run(&files.path(""), ["verify", "--database-url", &url, "--password-file", "nowhere"]).exits(2).says("cannot open nowhere; --password-file must name");
        fs::write(&file, "wrong").unwrap();
        let ran = run(&files.path(""), ["verify"].iter().chain(&with_file)).exits(2);
        silent_of_the_password(&ran.says("are user and password right?"));
    }
}

on_both_servers! {
    fn a_password_in_the_url_or_the_environment_is_in_no_message_report_or_ledger(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::at(server.second_url()));
        let account = Account::new(&scratch, server.second_url());
        let secret = account.url(&scratch).replacen('@', ":s3cret%20%2Fpass%3Aw%40rd@", 1);
        // over the budget, interrupted, resumed, finished, verified: whatever is said on the way
        let reviews = String::from_utf8(fs::read(files.path("csv/reviews.csv")).unwrap()).unwrap();
        files.put("reviews", reviews.clone() + reviews.lines().last().unwrap());
        let mut all = Vec::new();
        for more in [&["--max-rejects", "0"][..], &["--max-rejects", "5"], &[]] {
            let arguments = ["seed", "csv", "-v", "--report", "-"];
            all.push(ran(reviewseed(&files.path("")).args(arguments).args(more).env("DATABASE_URL", &secret)));
            all.push(ran(reviewseed(&files.path("")).args(arguments).args(more).args(["--database-url", &secret])));
        }
        all.push(ran(reviewseed(&files.path("")).args(["verify", "-v"]).env("DATABASE_URL", &secret)));
        for ran in &all {
            silent_of_the_password(ran);
        }
        // where others see it is said, once, of a password that was typed
        let warned = |ran: &Ran| ran.stderr.matches("warning: every account of this machine can read").count();
        let warned: Vec<_> = all.iter().map(warned).collect();
        assert_eq!(warned, [0, 1, 0, 1, 0, 1, 0]);
        assert!(all.iter().any(|r| r.code == Some(0)) && all.iter().any(|r| r.code == Some(1)));
        for row in scratch.rows("SELECT command FROM _reviewseed_commands") {
            assert!(!row[0].as_deref().unwrap().contains("s3cret"), "{row:?}");
        }
        let seen = rows(server.second_url(), "SHOW FULL PROCESSLIST").unwrap();
        assert!(!format!("{seen:?}").contains("s3cret"));
    }
}

/// Certificates of an authority of the test's own: for the server, for a client, and of an
/// authority that nobody trusts.
fn certificates(folder: &Path) {
    let authority = |name: &str| {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        fs::write(folder.join(format!("{name}.pem")), certificate.pem()).unwrap();
        Issuer::new(params, key)
    };
    let (issuer, _) = (authority("ca"), authority("strange"));
    for (name, hosts) in [
        (
            "server",
            vec!["localhost".to_owned(), "127.0.0.1".to_owned()],
        ),
        ("client", vec!["client".to_owned()]),
    ] {
        let mut params = CertificateParams::new(hosts).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap();
        fs::write(folder.join(format!("{name}.pem")), certificate.pem()).unwrap();
        fs::write(folder.join(format!("{name}-key.pem")), key.serialize_pem()).unwrap();
    }
}

on_both_servers! {
    fn both_clients_hold_the_certificates_to_what_the_url_asks_for(server: Server) {
        let home = folder();
        certificates(home.path());
        let file = |name: &str| home.path().join(name).display().to_string();
        let mut own = OwnServer::new(server, home.path());
        own.start(&[
            format!("--ssl-ca={}", file("ca.pem")),
            format!("--ssl-cert={}", file("server.pem")),
            format!("--ssl-key={}", file("server-key.pem")),
        ]);
        let (ca, strange) = (file("ca.pem"), file("strange.pem"));
        let identity = format!("ssl-cert={}&ssl-key={}", file("client.pem"), file("client-key.pem"));
        let url = |parameters: &str| format!("{}?{parameters}", own.url());
        // what the URL asks for, and whether it is met
        let cases = [
            ("ssl-mode=required".to_owned(), true),
            (format!("ssl-mode=verify-ca&ssl-ca={ca}"), true),
            (format!("ssl-mode=verify-identity&ssl-ca={ca}"), true),
            (format!("ssl-mode=verify-ca&ssl-ca={strange}"), false),
            (format!("ssl-mode=verify-identity&ssl-ca={strange}"), false),
            ("ssl-mode=verify-identity".to_owned(), false),
        ];
        wait_for(async {
            for (parameters, met) in &cases {
                let url = DatabaseUrl::parse(&url(parameters)).unwrap();
                let (plain, bulk) = (db::connect(&url).await, db::connect_bulk(&url).await);
                assert_eq!((plain.is_ok(), bulk.is_ok()), (*met, *met), "{parameters}");
                for error in plain.err().into_iter().chain(bulk.err()) {
                    let text = format!("{error:#}");
                    assert!(text.contains("see ssl-mode and ssl-ca in --database-url"), "{text}");
                }
            }
            // made out to another host
            let other = url(&cases[2].0).replace("@127.0.0.1:", "@127.0.0.2:");
            let other = DatabaseUrl::parse(&other).unwrap();
            assert!(db::connect(&other).await.is_err() && db::connect_bulk(&other).await.is_err());
            // an account that wants a certificate of the client
            let name = own.url().split_once("//").unwrap().1.split_once(':').unwrap().0.to_owned();
            execute(own.socket_url(), &format!("ALTER USER '{name}'@'127.0.0.1' REQUIRE X509"));
            let without = DatabaseUrl::parse(&url(&cases[1].0)).unwrap();
            assert!(db::connect(&without).await.is_err() && db::connect_bulk(&without).await.is_err());
            let with = DatabaseUrl::parse(&url(&format!("{}&{identity}", cases[2].0))).unwrap();
            db::close(db::connect(&with).await.unwrap()).await;
            let mut bulk = db::connect_bulk(&with).await.unwrap();
            let cipher: Vec<(String, String)> = bulk.query("SHOW STATUS LIKE 'Ssl_cipher'").await.unwrap();
            assert!(!cipher[0].1.is_empty());
            bulk.close().await;
        });
        let files = Files::small();
        let all = url(&format!("{}&{identity}", cases[2].0));
        run(&files.path(""), ["seed", "csv", "--set-global", "--database-url", &all]).exits(0);
        let wrong = url(&cases[4].0);
        run(&files.path(""), ["verify", "--database-url", &wrong]).exits(2).says("see ssl-mode and ssl-ca in --database-url");
    }
}

on_both_servers! {
    fn a_database_that_the_account_may_not_use_is_no_fault_of_the_password(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        let account = Account::new(&scratch, server.url());
        fs::write(files.path("password"), PASSWORD).unwrap();
        fs::set_permissions(files.path("password"), fs::Permissions::from_mode(0o600)).unwrap();
        let absent = account.url(&scratch).replace(&format!("/{}?", scratch.name()), "/absent?");
        for command in [&["seed", "csv"][..], &["verify"], &["reindex", "--dry-run"], &["targets"]] {
            let options = ["--database-url", absent.as_str(), "--password-file", "password"];
            let ran = run(&files.path(""), [command, &options].concat())
                .exits(2)
                .says("the server accepted user and password, but there is no database `absent`, or this account may not use it")
                .says(&format!("the account can see {}", scratch.name()));
            assert!(!ran.stderr.contains("password right"), "{}", ran.stderr);
        }
    }
}

#[test]
fn a_password_that_is_not_percent_encoded_is_diagnosed_and_shown_nowhere() {
    let files = Files::small();
    for password in ["s3#cret", "s3/cret", "12/34", "s3?cret", "12#34", "a@b/34"] {
        let url = format!("mysql://app:{password}@127.0.0.1:1/shop");
        let silent = |ran: Ran| {
            let page = fs::read_to_string(files.path("r.html")).unwrap_or_default();
            for part in ["s3", "cret", "34@", "12/", "12#", "a@b"] {
                assert!(
                    !ran.stderr.contains(part) && !ran.stdout.contains(part),
                    "{password}: {}",
                    ran.stderr
                );
            }
            assert!(
                !page.contains("app:") && !page.contains(password),
                "{password}"
            );
            ran
        };
        let arguments = ["seed", "csv", "--database-url", &url, "--report", "r.html"];
        silent(run(&files.path(""), arguments).exits(2))
            .says("from --database-url: ")
            .says("that is not percent-encoded; write %23 for #, %2F for /")
            .says("--password-file FILE");
        let mut verify = reviewseed(&files.path(""));
        silent(ran(verify.arg("verify").env("DATABASE_URL", &url)).exits(2))
            .says("from DATABASE_URL in the environment: ");
        silent(
            run(
                &files.path(""),
                ["config", "verify", "--config", "/dev/null"],
            )
            .exits(0),
        );
    }
}

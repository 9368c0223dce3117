//! The two ways to start examples/reviews-service, `compose.yaml` and `scripts/reviews-service`,
//! start the same service.

use std::collections::BTreeSet;
use std::fs;

use super::root;

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn example(name: &str) -> String {
    read(&format!("examples/reviews-service/{name}"))
}

/// The words of a configuration of nginx, from `upstream` on, without comments.
fn words(config: &str) -> Vec<String> {
    let from = config.find("upstream reviews").unwrap();
    let lines = config[from..].lines();
    let lines = lines.map(|line| line.split(" #").next().unwrap());
    let lines = lines.filter(|line| !line.trim_start().starts_with('#'));
    let text = lines.collect::<Vec<_>>().join(" ").replace(';', " ; ");
    text.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn both_load_balancers_have_the_same_configuration() {
    let mut file = example("nginx.conf");
    for (name, place) in [
        ("127.0.0.1:@API1@", "api1:3001"),
        ("127.0.0.1:@API2@", "api2:3001"),
        ("127.0.0.1:@BALANCER@", "8080"),
    ] {
        assert!(file.contains(name), "nginx.conf has no {name}");
        file = file.replace(name, place);
    }
    let mut file = words(&file);
    assert_eq!(file.pop().as_deref(), Some("}"), "the end of http");
    assert_eq!(file, words(&example("compose.yaml")));
}

#[test]
fn the_readme_explains_every_setting_of_the_script() {
    let script = read("scripts/reviews-service");
    let comment = script.lines().skip(1).take_while(|l| l.starts_with('#'));
    let comment: String = comment.collect();
    let words = comment.split(|c: char| !c.is_ascii_uppercase() && c != '_');
    let mut names: BTreeSet<&str> = words.filter(|word| word.contains('_')).collect();
    // what the script reads without a word about it in its head
    for part in script.split("${").skip(1) {
        let end = part.find(|c: char| !c.is_ascii_uppercase() && c != '_');
        let (name, rest) = part.split_at(end.unwrap_or(part.len()));
        if rest.starts_with('-') && name.len() > 1 && name != "BASH_SOURCE" {
            names.insert(name);
        }
    }
    assert!(names.len() >= 6, "{names:?}");
    let readme = example("README.md");
    for name in names {
        assert!(readme.contains(&format!("| `{name}` |")), "{name}");
    }
}

#[test]
fn down_says_what_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let down = || {
        let mut command = std::process::Command::new(root().join("scripts/reviews-service"));
        let command = command.arg("down").env("REVIEWS_SERVICE", folder.path());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let mut child = std::process::Command::new("sleep")
        .arg("60")
        .spawn()
        .unwrap();
    let pid = child.id();
    // a process that nobody waits for would still seem to run
    let waiting = std::thread::spawn(move || child.wait().unwrap());
    fs::write(folder.path().join("api1.pid"), pid.to_string()).unwrap();
    assert_eq!(
        down(),
        format!("reviews-service: stopped api1 (pid {pid})\n")
    );
    waiting.join().unwrap();
    assert!(down().contains("is running"), "nothing is left");
}

#[test]
fn up_does_not_take_another_program_for_the_service() {
    let folder = tempfile::tempdir().unwrap();
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port().to_string();
    let fails = |setting: (&str, &str)| {
        let mut command = std::process::Command::new(root().join("scripts/reviews-service"));
        command.arg("up").env("REVIEWS_SERVICE", folder.path());
        command.env("DATABASE_URL", "mysql://root@127.0.0.1:1/none");
        for name in ["API_PORT", "BALANCER_PORT", "FRONT_PORT"] {
            // no program listens there
            command.env(name, "1");
        }
        let output = command.env(setting.0, setting.1).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    for name in ["API_PORT", "BALANCER_PORT", "FRONT_PORT"] {
        let said = fails((name, &port));
        let words = format!("another program listens on port {port}");
        assert!(said.contains(&words), "{name}: {said}");
    }
    let said = fails(("DATABASE_URL", "nonsense"));
    let words = ["is not the URL of a database", "node is missing"];
    assert!(words.iter().any(|word| said.contains(word)), "{said}");
}

/// The names of the settings that a program reads from its environment.
fn settings(program: &str) -> BTreeSet<String> {
    let text = example(program);
    let names = text.split("env.").skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_uppercase() && c != '_');
        rest[..end.unwrap_or(rest.len())].to_owned()
    });
    names.filter(|name| !name.is_empty()).collect()
}

#[test]
fn every_setting_of_the_containers_is_one_of_the_programs() {
    let (api, front) = (settings("api.js"), settings("front.js"));
    assert!(api.contains("DB_SOCKET") && front.contains("UPSTREAM_TIMEOUT"));
    for (program, names) in [("api.js", &api), ("front.js", &front)] {
        let text = example(program);
        let comment: Vec<_> = text.lines().take_while(|l| l.starts_with("//")).collect();
        for name in names {
            assert!(
                comment.iter().any(|line| line.contains(name.as_str())),
                "the first lines of {program} do not explain {name}"
            );
        }
    }
    let compose = example("compose.yaml");
    let mut seen = 0;
    for block in compose.split("    environment:\n").skip(1) {
        let names = block.lines().take_while(|line| line.starts_with("      "));
        for name in names.map(|line| line.split(':').next().unwrap().trim()) {
            seen += 1;
            assert!(api.contains(name) || front.contains(name), "{name}");
        }
    }
    assert!(seen >= 8, "only {seen} settings were found");
}

#[test]
fn the_containers_log_in_to_the_database_of_the_other_file() {
    let (service, database) = (example("compose.yaml"), read("compose.yaml"));
    let of = |text: &str, name: &str| {
        let start = format!("      {name}: ");
        let line = text.lines().find_map(|line| line.strip_prefix(&start));
        line.unwrap_or_else(|| panic!("no {name}")).to_owned()
    };
    for (ours, theirs) in [("DB_USER", "MYSQL_USER"), ("DB_PASSWORD", "MYSQL_PASSWORD")] {
        assert_eq!(of(&service, ours), of(&database, theirs));
    }
    let host = of(&service, "DB_HOST");
    assert!(database.contains(&format!("\n  {host}:\n")), "{host}");
    assert_eq!(of(&database, "MYSQL_DATABASE"), "reviews");
    assert!(example("api.js").contains("env.DB_NAME ?? 'reviews'"));
}

//! The report as an HTML page: `--report report.html`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use scraper::{ElementRef, Html, Selector};

use crate::support::harness::{Scratch, Server, folder, on_both_servers, run};

const SCHEMA: &str = "CREATE TABLE `parts` (id INT UNSIGNED NOT NULL, kind ENUM('a<b', 'c&d') NOT NULL, PRIMARY KEY (id));
CREATE TABLE notes (id INT UNSIGNED NOT NULL, part_id INT UNSIGNED NOT NULL, stars TINYINT UNSIGNED NOT NULL,
  `at` DATETIME NOT NULL, words VARCHAR(40), PRIMARY KEY (id),
  CONSTRAINT note_of_part FOREIGN KEY (part_id) REFERENCES parts (id), CONSTRAINT stars_range CHECK (stars BETWEEN 1 AND 5));
";

/// Two tables; the second has rows to reject that contain markup and e-mail addresses.
fn input(folder: &Path) {
    fs::write(folder.join("schema.sql"), SCHEMA).unwrap();
    fs::write(folder.join("parts.csv"), "id,kind\n1,a<b\n2,c&d\n3,a<b\n").unwrap();
    fs::write(
        folder.join("notes.csv"),
        "id,part_id,stars,at,words,extra\n\
         1,1,5,2020-01-05,fine,x\n\
         2,1,4,2020-03-05,\"<script>alert('loaded')</script>\",x\n\
         3,2,5,2020-03-06,null,x\n\
         4,9,5,2020-03-06,\"<script>alert('invalid')</script>\",x\n\
         5,2,7,2020-03-06,\"write to jane.doe@mail.example.com, now\",x\n\
         6,2,<img src=x onerror=alert(1)>,2020-03-06,null,x\n\
         7,2,jane.doe.who.has.a.very.long.name.that.goes.on.and.on.beyond.all.that.is.shown.at.last@mail.example.com,2020-03-06,null,x\n",
    )
    .unwrap();
}

fn page(file: &Path) -> (String, Html) {
    let html = fs::read_to_string(file).unwrap();
    let parsed = Html::parse_document(&html);
    assert_eq!(parsed.errors, Vec::<String>::new(), "HTML that is none");
    (html, parsed)
}

/// The page of a check that takes any number of refusals; r.json is beside it.
fn checked(folder: &Path) -> (String, Html) {
    let check = ["check", ".", "--schema", "schema.sql"];
    let reports = ["--report", "r.html", "--report", "r.json"];
    let all = ["--max-rejects", "100%"];
    run(folder, [&check[..], &all, &reports].concat()).exits(1);
    page(&folder.join("r.html"))
}

fn all<'a>(page: &'a Html, css: &str) -> Vec<ElementRef<'a>> {
    page.select(&Selector::parse(css).unwrap()).collect()
}

fn texts(page: &Html, css: &str) -> Vec<String> {
    let text = |element: ElementRef<'_>| element.text().collect::<String>();
    all(page, css).into_iter().map(text).collect()
}

/// Nothing runs, and nothing is fetched.
fn is_self_contained(page: &Html) {
    for css in ["script", "link", "img", "iframe", "object", "embed", "base"] {
        assert!(all(page, css).is_empty(), "<{css}>");
    }
    for element in all(page, "*") {
        for (name, value) in element.value().attrs() {
            assert!(!name.starts_with("on"), "{name}={value}");
            assert!(
                !["src", "href", "xlink:href", "xmlns"].contains(&name),
                "{name}={value}"
            );
            assert!(!value.contains("http"), "{name}={value}");
        }
    }
    for style in texts(page, "style") {
        assert!(!style.contains("url(") && !style.contains("@import"));
    }
}

#[test]
fn a_page_shows_the_rejected_records_and_contains_no_script() {
    let folder = folder();
    input(folder.path());
    let (html, page) = checked(folder.path());
    is_self_contained(&page);
    // there is no URL in this input
    assert!(!html.contains("http"));
    let headings = texts(&page, "h2");
    assert_eq!(
        headings,
        [
            "Tables",
            "Time",
            "Rejected records",
            "What the data is like",
            "Server and settings",
            "Next steps"
        ]
    );
    let rows = texts(&page, "tbody tr");
    assert!(
        rows[1].starts_with("notes") && rows[1].contains("734"),
        "{rows:?}"
    );
    let rules = texts(&page, ".rule p");
    for rule in ["check_failed 1", "missing_parent 1", "not_an_integer 2"] {
        assert!(
            rules.iter().any(|r| r.starts_with(rule)),
            "{rule}: {rules:?}"
        );
    }
    let examples = texts(&page, ".rule li").join("\n");
    assert!(
        examples.contains("<script>alert('invalid')</script>"),
        "{examples}"
    );
    assert!(examples.contains("write to •••@•••, now"), "{examples}");
    assert!(
        !html.contains("jane.doe"),
        "addresses are masked, cut ones too"
    );
    assert!(texts(&page, "pre").iter().any(|p| p.ends_with(
        "reviewseed seed . --schema schema.sql --max-rejects 100% --report r.html --report r.json"
    )));
    assert!(html.contains("fields left out: extra"));
    // the JSON beside it is the one that it always was
    let json: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.path().join("r.json")).unwrap()).unwrap();
    assert_eq!(
        (&json["tables"][1]["read"], &json["tables"][1]["loaded"]),
        (&7.into(), &3.into())
    );
    assert_eq!(json["outcome"], "found_rejects");
}

#[test]
fn what_the_data_is_like_follows_from_the_schema() {
    let folder = folder();
    input(folder.path());
    let (html, page) = checked(folder.path());
    let captions = texts(&page, ".cards figcaption");
    assert_eq!(
        captions,
        [
            "kindrows by value",
            "notes per part_idvalues of parts.id by their number of rows: 2 values, median 1, mean 1.5, largest 2",
            "starsrows by value, mean 4.67",
            "atrows per month, 2020-01 to 2020-03",
            "wordslength in characters: median 4, longest 32, 1 NULL",
        ]
    );
    assert_eq!(all(&page, ".cards svg").len(), 5);
    for svg in all(&page, "svg") {
        assert!(
            svg.value()
                .attr("aria-label")
                .is_some_and(|words| !words.is_empty())
        );
        assert!(svg.value().attr("viewBox").is_some() && svg.value().attr("width").is_none());
    }
    assert!(html.contains("a&lt;b") && html.contains("c&amp;d"));
    assert!(
        !html.contains("alert('loaded')"),
        "accepted values are not shown"
    );
}

#[test]
fn addresses_are_shown_on_request_to_the_owner_only() {
    let folder = folder();
    input(folder.path());
    let file = folder.path().join("r.html");
    fs::write(&file, "").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let arguments = [
        "check",
        ".",
        "--schema",
        "schema.sql",
        "--max-rejects",
        "100%",
        "--report",
        "r.html",
        "--report-emails",
    ];
    run(folder.path(), arguments).exits(1);
    let (html, _) = page(&file);
    assert!(html.contains("jane.doe@mail.example.com"));
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_run_that_gives_up_writes_its_page_all_the_same() {
    let folder = folder();
    input(folder.path());
    let arguments = [
        "check",
        ".",
        "--schema",
        "schema.sql",
        "--max-rejects",
        "1",
        "--report",
        "r.html",
    ];
    run(folder.path(), arguments).exits(1);
    let (_, page) = page(&folder.path().join("r.html"));
    is_self_contained(&page);
    let outcome = texts(&page, ".outcome").join("");
    assert!(
        outcome.starts_with("✗ ") && outcome.ends_with("more than --max-rejects allows"),
        "{outcome}"
    );
    assert!(!all(&page, ".rule li").is_empty(), "examples until then");
}

#[test]
fn a_report_that_cannot_be_written_is_known_before_anything_is_read() {
    let folder = folder();
    run(
        folder.path(),
        ["check", "nowhere", "--report", "no/such/r.html"],
    )
    .exits(2)
    .says("there is no folder no/such");
    run(
        folder.path(),
        [
            "reindex",
            "--report",
            "r.html",
            "--database-url",
            "mysql://a@localhost:1/b",
        ],
    )
    .exits(2)
    .says("reindex writes its report as JSON only");
}

on_both_servers! {
    /// The page is that of the same rows, wherever they went.
    fn seed_and_verify_write_pages(server: Server) {
        let folder = folder();
        input(folder.path());
        let scratch = Scratch::new(server);
        let url = scratch.url().replace("root@", "root:se%24cret@");
        // the account has no password, and a server that asks for none takes any URL without one
        let arguments = |command: &'static str| {
            vec![command, "--schema", "schema.sql", "--report", "r.html", "--database-url", scratch.url()]
        };
        let mut seed = arguments("seed");
        seed.extend([".", "--max-rejects", "100%"]);
        run(folder.path(), seed).exits(0);
        let (html, seeded) = page(&folder.path().join("r.html"));
        is_self_contained(&seeded);
        let outcome = texts(&seeded, ".outcome").join("");
        assert!(outcome.starts_with("✓ ") && outcome.contains(" rows loaded ("), "{outcome}");
        assert!(html.contains("verified: every batch, the row counts and the indexes"), "{html}");
        assert!(texts(&seeded, "title")[0].contains(&format!(" → {}", scratch.name())), "{html}");
        assert_eq!(all(&seeded, ".cards svg").len(), 5);
        assert!(html.contains("index notes"), "phases and tables over time");
        let next = texts(&seeded, "pre").join("\n");
        assert!(next.contains("reviewseed verify --schema schema.sql --database-url"), "{next}");
        let corrects = |line: &str| line.contains("reviewseed seed rejects ") && line.contains(" --append ");
        assert!(next.lines().any(corrects), "{next}");

        run(folder.path(), arguments("verify")).exits(0);
        let (_, verified) = page(&folder.path().join("r.html"));
        is_self_contained(&verified);
        let outcome = texts(&verified, ".outcome").join("");
        assert!(outcome.starts_with("✓ 6 rows in 2 tables are as they were loaded"), "{outcome}");

        scratch.execute("DELETE FROM notes WHERE id = 1");
        run(folder.path(), arguments("verify")).exits(1);
        let (_, differs) = page(&folder.path().join("r.html"));
        let differences = texts(&differs, "main > ul li");
        assert!(differences.join("\n").contains("holds 2 rows, 3 were loaded"), "{differences:?}");

        // an account that may not log in: the page says so, without the password
        let mut denied = arguments("seed");
        let at = denied.len() - 1;
        denied[at] = &url;
        denied.push(".");
        let ran = run(folder.path(), denied);
        assert_ne!(ran.code, Some(0), "{ran:?}");
        let (html, failed) = page(&folder.path().join("r.html"));
        assert_eq!(texts(&failed, ".outcome"), ["✗ failed"]);
        assert!(!html.contains("se%24cret") && !html.contains("se$cret"), "{html}");
    }
}

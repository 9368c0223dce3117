use std::os::unix::fs::PermissionsExt;

use model::rejection::{Rejection, Rule};

use super::*;
use input::format::Format;
use input::{Place, Source};
use mysql_schema::parse::parse;

#[test]
fn a_budget_is_a_number_or_a_share() {
    assert_eq!("500".parse(), Ok(Budget::Rows(500)));
    assert_eq!(" 0 ".parse(), Ok(Budget::Rows(0)));
    assert_eq!("2.5%".parse(), Ok(Budget::Percent(2.5)));
    assert_eq!("0%".parse(), Ok(Budget::Percent(0.0)));
    assert_eq!("100 %".parse(), Ok(Budget::Percent(100.0)));
    for wrong in [
        "", "%", "-1", "-1%", "101%", "100.1%", "1.5", "ten", "NaN%", "inf%", "5%%", "1e3",
    ] {
        assert!(wrong.parse::<Budget>().is_err(), "{wrong}");
    }
    for text in ["7", "2.5%", "100%"] {
        assert_eq!(text.parse::<Budget>().unwrap().to_string(), text);
    }
}

#[test]
fn a_number_is_judged_at_once_and_a_share_when_there_is_something_to_judge() {
    assert!(!Budget::Rows(3).is_spent(3, 3, false) && Budget::Rows(3).is_spent(4, 4, false));
    assert!(Budget::Rows(0).is_spent(1, 1, false));
    let share = Budget::Percent(10.0);
    assert!(!share.is_spent(9_999, 9_999, false), "too early to tell");
    assert!(share.is_spent(10_000, 1_001, false) && !share.is_spent(10_000, 1_000, false));
    assert!(share.is_spent(9, 1, true) && !share.is_spent(10, 1, true));
    assert!(!share.is_spent(0, 0, true), "an empty file");
    assert!(!Budget::Percent(100.0).is_spent(5, 5, true));
    assert!(
        Budget::Percent(0.0).is_spent(5, 1, true) && !Budget::Percent(0.0).is_spent(5, 0, true)
    );
}

fn rejection(rule: Rule, raw: &[u8]) -> Rejection {
    Rejection {
        element: None,
        line: 7,
        offset: 99,
        bytes: raw.len() as u64,
        raw: raw.to_vec(),
        column: Some("a".to_owned()),
        rule,
        field: None,
        value: "x, \"y\"\nz".to_owned(),
        message: "expected".to_owned(),
    }
}

const PLACE: Place = Place {
    file: "in/t.csv",
    offset: 99,
    line: 7,
};

#[test]
fn records_lines_and_reasons_go_to_files_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = RejectFiles::new(folder.path(), "t", b"a,b").unwrap();
    files
        .write(&rejection(Rule::TooLong, b"1,2\r\n"), &PLACE)
        .unwrap();
    files
        .write(&rejection(Rule::FieldCount, b"1"), &PLACE)
        .unwrap();
    files
        .write(&rejection(Rule::NotInEnum, b"3,4"), &PLACE)
        .unwrap();
    let mut long = rejection(Rule::RecordTooLarge, b"its start");
    long.bytes = 3 << 30;
    files.write(&long, &PLACE).unwrap();
    files.finish().unwrap();
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(read("t.csv"), "a,b\n1,2\r\n3,4\n");
    assert_eq!(read("t.broken"), "1\nits start\n");
    let reasons = read("t.reasons.csv");
    assert!(reasons.contains(",3221225472,a,record_too_large,"));
    assert!(reasons.starts_with("file,line,byte_offset,record_bytes,column,rule,value,message\nin/t.csv,7,99,5,a,too_long,\"x, \"\"y\"\"\nz\",expected\n"));
    assert_eq!(
        csv::Reader::from_reader(reasons.as_bytes())
            .records()
            .count(),
        4
    );
    for name in ["t.csv", "t.broken", "t.reasons.csv"] {
        assert_eq!(
            fs::metadata(folder.path().join(name))
                .unwrap()
                .permissions()
                .mode()
                & 0o777,
            0o600,
            "{name}"
        );
    }
}

#[test]
fn a_record_without_its_line_end_gets_that_of_its_dialect() {
    let written = |settings: &[(&str, &str)], records: &[&[u8]]| {
        let folder = tempfile::tempdir().unwrap();
        let mut format = Format::default();
        for (key, value) in settings {
            let set = format.set(key, &[(*value).to_owned()]);
            set.unwrap();
        }
        fs::write(folder.path().join("t.csv"), "a\n").unwrap();
        let table = parse("CREATE TABLE t (a TEXT)", "t.sql")
            .unwrap()
            .tables
            .remove(0);
        let source = Source::open_as(folder.path().join("t.csv"), &table, &format).unwrap();
        let rejects = folder.path().join("rejects");
        fs::create_dir(&rejects).unwrap();
        let files = RejectFiles::new(&rejects, "t", source.start_of_rejects()).unwrap();
        let mut files = files.in_dialect(source.dialect());
        for record in records {
            files
                .write(&rejection(Rule::TooLong, record), &PLACE)
                .unwrap();
        }
        files.finish().unwrap();
        fs::read_to_string(rejects.join("t.csv")).unwrap()
    };
    assert_eq!(written(&[], &[b"b\r", b"c"]), "a\nb\rc\n");
    let mysql = [("dialect", "mysql")];
    assert_eq!(
        written(&mysql, &[b"b\\\n", b"c\\\\\n", b"d\r"]),
        "a\nb\\\n\nc\\\\\nd\r\n"
    );
}

fn one(folder: &Path, kinds: &[(Rule, &[u8])]) {
    let mut files = RejectFiles::new(folder, "t", b"a\n").unwrap();
    for (rule, raw) in kinds {
        files.write(&rejection(*rule, raw), &PLACE).unwrap();
    }
    files.finish().unwrap();
}

/// The files that are not hidden, sorted.
fn visible(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|e| e.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| !name.starts_with('.')).collect();
    names.sort();
    names
}

#[test]
fn a_run_replaces_what_the_last_one_left() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("u.csv"), "another table's").unwrap();
    one(
        folder,
        &[(Rule::TooLong, b"1\n"), (Rule::FieldCount, b"2,\n")],
    );
    let three = ["t.broken", "t.csv", "t.reasons.csv", "u.csv"];
    assert_eq!(visible(folder), three);
    assert!(
        free_folder(folder, &["t"], |_| false)
            .unwrap()
            .kept
            .is_empty()
    );
    one(folder, &[(Rule::TooLong, b"3\n")]);
    assert_eq!(visible(folder), ["t.csv", "t.reasons.csv", "u.csv"]);
    assert_eq!(fs::read_to_string(folder.join("t.csv")).unwrap(), "a\n3\n");
    one(folder, &[]);
    assert_eq!(visible(folder), ["u.csv"]);
    assert_eq!(
        fs::read_dir(folder).unwrap().count(),
        1,
        "nothing hidden is left"
    );
}

#[test]
fn what_a_killed_run_was_writing_is_removed_by_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut ended = std::process::Command::new("true").spawn().unwrap();
    ended.wait().unwrap();
    let dead = ended.id();
    let of_others = [format!(".u.csv.run-{dead}"), ".t.csv.run-1".to_owned()];
    let own = KINDS.map(|kind| format!(".t.{kind}.run-{dead}"));
    let note = format!(".t.left.run-{dead}");
    for name in own.iter().chain([&note]).chain(&of_others) {
        fs::write(folder.path().join(name), "x").unwrap();
    }
    RejectFiles::new(folder.path(), "t", b"a\n").unwrap();
    let is_there = |name: &String| folder.path().join(name).exists();
    assert!(!own.iter().any(is_there) && !is_there(&note));
    assert!(
        of_others.iter().all(is_there),
        "another table's, and a living process's"
    );
}

#[test]
fn what_was_edited_or_is_of_another_program_is_kept() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("r");
    fs::create_dir(&folder).unwrap();
    one(
        &folder,
        &[(Rule::TooLong, b"1\n"), (Rule::FieldCount, b"2,\n")],
    );
    for name in ["t.csv", "t.broken", "t.reasons.csv"] {
        let path = folder.join(name);
        let left = fs::read(&path).unwrap();
        fs::write(&path, [&left[..], b"x"].concat()).unwrap();
        let chosen = free_folder(&folder, &["s", "t"], |_| false).unwrap();
        assert_eq!(chosen.path, home.path().join("r-2"), "{name}");
        assert_eq!(chosen.kept, std::slice::from_ref(&path));
        fs::write(&path, left).unwrap();
    }
    fs::write(folder.join("s.csv"), "").unwrap();
    let chosen = free_folder(&folder, &["s", "t"], |at| at.ends_with("r-2")).unwrap();
    assert_eq!(chosen.path, home.path().join("r-3"));
    assert!(
        free_folder(&folder, &["t"], |_| true)
            .unwrap()
            .kept
            .is_empty()
    );
}

#[test]
fn an_edit_during_a_run_is_kept_next_to_its_files() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    one(folder, &[(Rule::TooLong, b"1\n")]);
    let mut files = RejectFiles::new(folder, "t", b"a\n").unwrap();
    files
        .write(&rejection(Rule::TooLong, b"2\n"), &PLACE)
        .unwrap();
    fs::write(folder.join("t.csv"), "edited").unwrap();
    files.finish().unwrap();
    assert_eq!(visible(folder), ["t.csv", "t.kept-1.csv", "t.reasons.csv"]);
    assert_eq!(
        fs::read_to_string(folder.join("t.kept-1.csv")).unwrap(),
        "edited"
    );
    assert_eq!(fs::read_to_string(folder.join("t.csv")).unwrap(), "a\n2\n");
}

#[test]
fn a_run_that_fails_leaves_its_files_as_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut files = RejectFiles::new(folder, "t", b"a\n").unwrap();
    files
        .write(&rejection(Rule::TooLong, b"2\n"), &PLACE)
        .unwrap();
    drop(files);
    assert_eq!(visible(folder), ["t.csv", "t.reasons.csv"]);
    assert!(
        free_folder(folder, &["t"], |_| false)
            .unwrap()
            .kept
            .is_empty()
    );
}

#[test]
fn broken_lines_of_the_folder_that_is_read_are_kept_with_their_reasons() {
    let home = tempfile::tempdir().unwrap();
    let (from, to) = (home.path().join("from"), home.path().join("to"));
    for folder in [&from, &to] {
        fs::create_dir(folder).unwrap();
    }
    one(
        &from,
        &[(Rule::TooLong, b"1\n"), (Rule::FieldCount, b"2,\n")],
    );
    let mut files = RejectFiles::new(&to, "t", b"a\n").unwrap();
    files.carry_over(&from).unwrap();
    files
        .write(&rejection(Rule::UnclosedQuote, b"\"3\n"), &PLACE)
        .unwrap();
    files.finish().unwrap();
    assert_eq!(
        fs::read_to_string(to.join("t.broken")).unwrap(),
        "2,\n\"3\n"
    );
    assert_eq!(fs::read_to_string(to.join("t.csv")).unwrap(), "a\n");
    let reasons = fs::read(to.join("t.reasons.csv")).unwrap();
    let mut reasons = csv::Reader::from_reader(&reasons[..]);
    let rules: Vec<_> = reasons
        .records()
        .map(|r| r.unwrap()[5].to_string())
        .collect();
    assert_eq!(rules, ["field_count", "unclosed_quote"]);
    // nothing is broken, nothing is carried
    let mut files = RejectFiles::new(&to, "u", b"a\n").unwrap();
    files.carry_over(&from).unwrap();
    files.finish().unwrap();
    assert!(!to.join("u.csv").exists());
}

#[test]
fn folders_are_numbered_on() {
    for (folder, next) in [
        ("rejects", "rejects-2"),
        ("a/rejects-2", "a/rejects-3"),
        ("r-x", "r-x-2"),
        ("r-9", "r-10"),
    ] {
        assert_eq!(next_folder(Path::new(folder)), Path::new(next));
    }
}

#[test]
fn a_folder_is_prepared_or_fails_before_it_is_needed() {
    let folder = tempfile::tempdir().unwrap();
    prepare_directory(&folder.path().join("a/b")).unwrap();
    assert_eq!(fs::read_dir(folder.path().join("a/b")).unwrap().count(), 0);
    fs::write(folder.path().join("file"), "").unwrap();
    let error = prepare_directory(&folder.path().join("file")).unwrap_err();
    assert!(error.to_string().contains("--rejects"), "{error}");
}

//! File names with wildcards: `*` matches any text within a name, `?` any one character. A name
//! that begins with a dot is matched only by a pattern that begins with a dot.

use std::path::{Component, Path, PathBuf};

use crate::error::{Context, Result, fail};

use super::file_names::natural;
use super::similar_path;
use super::storage::{self, shown};

/// Maximum number of names in a message.
const SHOWN: usize = 10;

/// Whether a name has wildcards.
pub(super) fn has_wildcards(name: &str) -> bool {
    name.contains(['*', '?'])
}

/// Whether a pattern matches the whole name.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    if name.starts_with('.') && !pattern.starts_with('.') {
        return false;
    }
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let (mut p, mut n) = (0, 0);
    // where to continue if the last `*` has to match more text
    let mut again = None;
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                again = Some((p, n));
                p += 1;
            }
            Some(c) if *c == '?' || *c == name[n] => {
                p += 1;
                n += 1;
            }
            _ => {
                let Some((star, from)) = again else {
                    return false;
                };
                again = Some((star, from + 1));
                (p, n) = (star + 1, from + 1);
            }
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// Whether a pattern matches a path. Each part of the pattern is compared with one name of the
/// path.
pub(super) fn matches_path(pattern: &str, path: &str) -> bool {
    let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
    let (mut patterns, mut names) = (pattern.split('/'), path.split('/'));
    loop {
        match (patterns.next(), names.next()) {
            (Some(pattern), Some(name)) if matches(pattern, name) => {}
            (None, None) => return true,
            _ => return false,
        }
    }
}

/// The files that match a path with wildcards, in natural order. A path that exists is returned as
/// it is, even if its name contains `*` or `?`.
///
/// # Errors
///
/// When a pattern matches no file.
pub(super) fn files(path: &Path) -> Result<Vec<PathBuf>> {
    let text = path.to_string_lossy();
    if let Some(address) = storage::address(path) {
        return match storage::is_in_a_bucket(address) && address.contains('*') {
            true => objects(address),
            false => Ok(vec![path.to_owned()]),
        };
    }
    if !has_wildcards(&text) || path.exists() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = vec![PathBuf::new()];
    for component in path.components() {
        let name = component.as_os_str().to_string_lossy();
        found = match component {
            Component::Normal(_) if has_wildcards(&name) => {
                let inner = found.iter().map(|folder| entries(folder, &name));
                inner.collect::<Result<Vec<_>>>()?.concat()
            }
            other => found.iter().map(|folder| folder.join(other)).collect(),
        };
    }
    found.retain(|path| path.exists() && !path.is_dir());
    if found.is_empty() {
        fail!("{}", no_match(path));
    }
    found.sort_by(|a, b| by_name(&a.to_string_lossy(), &b.to_string_lossy()));
    Ok(found)
}

fn by_name(a: &str, b: &str) -> std::cmp::Ordering {
    natural(a, b).then_with(|| a.cmp(b))
}

/// The entries of a folder that match a pattern. Empty if `folder` is not a folder.
fn entries(folder: &Path, pattern: &str) -> Result<Vec<PathBuf>> {
    let mut names = match here(folder).is_dir() {
        true => names_in(folder)?,
        false => Vec::new(),
    };
    names.retain(|name| matches(pattern, name));
    Ok(names.iter().map(|name| folder.join(name)).collect())
}

fn here(folder: &Path) -> &Path {
    match folder == Path::new("") {
        true => Path::new("."),
        false => folder,
    }
}

fn names_in(folder: &Path) -> Result<Vec<String>> {
    let list = || -> std::io::Result<Vec<String>> {
        std::fs::read_dir(here(folder))?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect()
    };
    list().with_context(|| format!("cannot read {}", here(folder).display()))
}

/// The objects in a folder of a bucket that match a pattern.
fn objects(address: &str) -> Result<Vec<PathBuf>> {
    let (folder, pattern) = address.rsplit_once('/').unwrap_or((address, ""));
    if has_wildcards(folder) {
        fail!("{address}: in a bucket, only the last part of an address may have wildcards");
    }
    let all = storage::list(folder)?;
    let mut names: Vec<_> = all.iter().filter(|name| matches(pattern, name)).collect();
    if names.is_empty() {
        fail!("no object matches {address}; {}", listed(folder, &all));
    }
    names.sort_by(|a, b| by_name(a, b));
    let path = |name: &&String| PathBuf::from(format!("{folder}/{name}"));
    Ok(names.iter().map(path).collect())
}

/// The message about a pattern that matches nothing. It lists the names in the folder.
fn no_match(pattern: &Path) -> String {
    let is_fixed = |part: &Component<'_>| !has_wildcards(&part.as_os_str().to_string_lossy());
    let fixed: PathBuf = pattern.components().take_while(is_fixed).collect();
    let folder = here(&fixed);
    if !folder.is_dir() {
        return format!(
            "no file matches {}: {}",
            shown(pattern),
            similar_path::not_found(folder)
        );
    }
    let names = names_in(folder).unwrap_or_default();
    let there = match folder == Path::new(".") {
        true => listed("the current folder", &names),
        false => listed(&folder.display().to_string(), &names),
    };
    format!("no file matches {}; {there}", shown(pattern))
}

/// Lists the names in a folder or an archive, for a message.
pub(super) fn listed(folder: &str, names: &[String]) -> String {
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    names.retain(|name| !name.starts_with('.'));
    names.sort_by(|a, b| by_name(a, b));
    let more = match names.len() > SHOWN {
        true => format!(" and {} more", names.len() - SHOWN),
        false => String::new(),
    };
    names.truncate(SHOWN);
    match names.is_empty() {
        true => format!("{folder} is empty"),
        false => format!("{folder} has {}{more}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_text_and_a_question_mark_any_character() {
        for (pattern, name) in [
            ("ratings_*.dat", "ratings_1.dat"),
            ("ratings_*.dat", "ratings_.dat"),
            ("*", "a"),
            ("*.dat*", "a.dat.gz"),
            ("a*b*c", "abbcbc"),
            ("r?.dat", "ré.dat"),
            (".*", ".hidden"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("ratings_*.dat", "ratings_1.dat.gz"),
            ("ratings_*.dat", "Ratings_1.dat"),
            ("r?.dat", "r.dat"),
            ("*", ".hidden"),
            ("a*b", "ac"),
            ("", "a"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
        assert!(matches_path("./a*/x.csv", "ab/x.csv"));
        assert!(!matches_path("*.csv", "a/x.csv"));
    }

    #[test]
    fn files_are_found_in_their_natural_order_in_any_folder() {
        let home = tempfile::tempdir().unwrap();
        for name in [
            "y=2/r-10.dat",
            "y=2/r-9.dat",
            "y=10/r-1.dat",
            "y=2/.r-1.dat",
            "y=2/x.csv",
        ] {
            let path = home.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        std::fs::create_dir(home.path().join("y=2/r-3.dat")).unwrap();
        let found = |pattern: &str| -> Result<Vec<String>, String> {
            let found = files(&home.path().join(pattern)).map_err(|e| e.to_string())?;
            let name = |path: &PathBuf| {
                let path = path.strip_prefix(home.path()).unwrap();
                path.display().to_string()
            };
            Ok(found.iter().map(name).collect())
        };
        let all = ["y=2/r-9.dat", "y=2/r-10.dat", "y=10/r-1.dat"];
        assert_eq!(found("y=*/r-*.dat").unwrap(), all);
        assert_eq!(found("y=2/x.csv").unwrap(), ["y=2/x.csv"]);
        assert_eq!(
            found("y=2/none").unwrap(),
            ["y=2/none"],
            "opening it will fail"
        );
        let error = found("y=2/*.txt").unwrap_err();
        assert!(
            error.ends_with("y=2 has r-3.dat, r-9.dat, r-10.dat, x.csv"),
            "{error}"
        );
        let error = found("y=3/*.txt").unwrap_err();
        assert!(error.contains("did you mean"), "{error}");
        std::fs::write(home.path().join("a*"), "").unwrap();
        std::fs::write(home.path().join("ab"), "").unwrap();
        assert_eq!(found("a*").unwrap(), ["a*"], "a file with that very name");
    }
}

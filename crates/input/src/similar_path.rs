//! The error about a path that does not exist. It proposes the most similar path that exists.

use std::path::{Path, PathBuf};

use super::near::nearest;

/// The message about a path that does not exist. It names a similar path, or the last existing
/// folder on the path.
pub fn not_found(path: &Path) -> String {
    let shown = path.display();
    if path.starts_with("~") {
        return format!(
            "{shown} does not exist, because a shell replaces ~ only outside of quotes and at the start of a word; write \"$HOME/{}\"",
            path.strip_prefix("~").unwrap_or(path).display()
        );
    }
    if let Ok(target) = std::fs::read_link(path) {
        return format!(
            "{shown} is a symbolic link to {}, which does not exist; make the link again, or name the file itself",
            target.display()
        );
    }
    let (folder, name) = missing_step(path);
    match most_similar(&folder, &name) {
        Some(near) => format!("{shown} does not exist; did you mean {}?", near.display()),
        None => {
            let folder = std::path::absolute(&folder).unwrap_or(folder);
            format!(
                "{shown} does not exist; the last existing folder on the path is {}",
                folder.display()
            )
        }
    }
}

/// The deepest folder on the path that exists, and the next name on the path, which it does not
/// contain.
fn missing_step(path: &Path) -> (PathBuf, String) {
    let mut missing = path;
    loop {
        let folder = match missing.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        if folder.is_dir() || folder == Path::new(".") {
            let name = missing.file_name().unwrap_or_default();
            return (folder.to_owned(), name.to_string_lossy().into_owned());
        }
        missing = folder;
    }
}

/// The path in the folder for which the name was probably meant.
fn most_similar(folder: &Path, name: &str) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let most_similar = nearest(name, names)?;
    match folder == Path::new(".") {
        true => Some(most_similar.into()),
        false => Some(folder.join(most_similar)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_to_nothing_is_not_said_to_be_missing_itself() {
        let home = tempfile::tempdir().unwrap();
        let link = home.path().join("reviews.csv");
        std::os::unix::fs::symlink("/no/such/file", &link).unwrap();
        let words = not_found(&link);
        assert!(
            words.contains("is a symbolic link to /no/such/file, which does not exist"),
            "{words}"
        );
    }

    #[test]
    fn the_most_similar_name_is_suggested_or_else_the_folder_on_the_path() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        std::fs::create_dir_all(at("csv/Reviews-2024")).unwrap();
        let words = |name: &str| not_found(&at(name));
        let meant = |name: &str| format!("; did you mean {}?", at(name).display());
        assert!(words("cvs").ends_with(&meant("csv")), "{}", words("cvs"));
        assert!(words("csv/reviews-2023").ends_with(&meant("csv/Reviews-2024")));
        assert!(words("cvs/reviews").ends_with(&meant("csv")));
        let other = words("csv/x/y/z");
        assert!(
            other.ends_with(&format!(
                "the last existing folder on the path is {}",
                at("csv").display()
            )),
            "{other}"
        );
        assert!(
            not_found(Path::new("no-such-name-here"))
                .contains("the last existing folder on the path is /")
        );
    }
}

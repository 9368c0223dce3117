//! A path that is not there: what is, nearest to it.

use std::path::{Path, PathBuf};

/// That a path is not there, with the nearest thing that is.
pub(super) fn not_there(path: &Path) -> String {
    let shown = path.display();
    let (folder, name) = last_step(path);
    match likest(&folder, &name) {
        Some(near) => format!("{shown} does not exist; did you mean {}?", near.display()),
        None => {
            let folder = std::path::absolute(&folder).unwrap_or(folder);
            format!(
                "{shown} does not exist; the nearest that does is the folder {}",
                folder.display()
            )
        }
    }
}

/// The last folder on the way to a path that is there, and the name that is not in it.
fn last_step(path: &Path) -> (PathBuf, String) {
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

/// The name that is the fewest slips away: one, and one more for each five characters.
fn likest(folder: &Path, name: &str) -> Option<PathBuf> {
    let wanted = name.to_lowercase();
    let length = wanted.chars().count();
    let slips = |other: &str| strsim::damerau_levenshtein(&wanted, &other.to_lowercase());
    let entries = std::fs::read_dir(folder).ok()?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let likest = names
        .map(|name| (slips(&name), name))
        .filter(|(slips, _)| *slips <= 1 + length / 5 && *slips < length)
        // of equals the first by name, for folders come in any order
        .min()?;
    match folder == Path::new(".") {
        true => Some(likest.1.into()),
        false => Some(folder.join(likest.1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_meant_or_else_the_folder_on_the_way() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        std::fs::create_dir_all(at("csv/Reviews-2024")).unwrap();
        let words = |name: &str| not_there(&at(name));
        let meant = |name: &str| format!("; did you mean {}?", at(name).display());
        assert!(words("cvs").ends_with(&meant("csv")), "{}", words("cvs"));
        assert!(words("csv/reviews-2023").ends_with(&meant("csv/Reviews-2024")));
        assert!(words("cvs/reviews").ends_with(&meant("csv")));
        let other = words("csv/x/y/z");
        assert!(
            other.ends_with(&format!("is the folder {}", at("csv").display())),
            "{other}"
        );
        assert!(not_there(Path::new("no-such-name-here")).contains("is the folder /"));
    }
}

//! The modules of each crate form no cycle: what a module imports never imports that module, not
//! even through others.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::docs::{files_in, root};

/// For each module, what it imports, and one place where it does.
type Imports = BTreeMap<String, BTreeMap<String, String>>;

#[test]
fn no_module_is_imported_by_what_it_imports() {
    let crates = fs::read_dir(root().join("crates")).unwrap();
    let mut folders: Vec<PathBuf> = crates.map(|entry| entry.unwrap().path()).collect();
    folders.retain(|folder| folder.is_dir());
    folders.push(root().to_owned());
    for folder in folders {
        let imports = imports(&folder.join("src"));
        assert!(imports.len() > 1, "{}: {imports:?}", folder.display());
        let cycles = cycles(&imports);
        let said = inside(&imports, &cycles);
        assert!(cycles.is_empty(), "{}:\n{said}", folder.display());
    }
}

#[test]
fn paths_are_found_in_lists_and_in_code_and_not_in_comments_and_unit_tests() {
    let text = "//! See crate::a.\nuse crate::{b::{self, x::Y}, c};\n\
        fn f() -> mycrate::d::E { crate::e::f(); super::f::g(); crate::Exit }\n\
        #[cfg(test)]\nmod tests { use crate::g; }\n";
    let expected = [("b", 2), ("c", 2), ("e", 3), ("Exit", 3)];
    assert_eq!(
        paths(text),
        expected.map(|(module, line)| (module.to_owned(), line))
    );
}

#[test]
fn a_cycle_over_three_modules_is_found() {
    let to = |module: &str| BTreeMap::from([(module.to_owned(), String::new())]);
    let edges = [("a", "b"), ("b", "c"), ("c", "a"), ("d", "a")];
    let imports = edges.map(|(from, module)| (from.to_owned(), to(module)));
    assert_eq!(cycles(&Imports::from(imports)), [["a", "b", "c"]]);
}

/// What the top modules of the crate in `src` import of each other. Unit tests may import what they
/// like.
fn imports(src: &Path) -> Imports {
    let mut files = files_in(&[src.to_str().unwrap()]);
    let is_test = |file: &PathBuf| {
        let inside = file.strip_prefix(src).unwrap();
        inside
            .iter()
            .any(|part| part == "tests" || part == "tests.rs")
    };
    files.retain(|file| file.extension().is_some_and(|e| e == "rs") && !is_test(file));
    let module = |file: &Path| {
        let first = file.strip_prefix(src).unwrap().components().next().unwrap();
        let name = first.as_os_str().to_str().unwrap();
        name.trim_end_matches(".rs").to_owned()
    };
    let modules: BTreeSet<String> = files.iter().map(|file| module(file)).collect();
    let mut imports = Imports::new();
    for file in &files {
        let from = module(file);
        let found = imports.entry(from.clone()).or_default();
        for (to, line) in paths(&fs::read_to_string(file).unwrap()) {
            if to != from && modules.contains(&to) {
                found.insert(to, format!("{}:{line}", file.display()));
            }
        }
    }
    imports
}

/// The first names after `crate::`, with their lines.
fn paths(text: &str) -> Vec<(String, usize)> {
    let text = match text.find("#[cfg(test)]\nmod tests {") {
        Some(tests) => &text[..tests],
        None => text,
    };
    let code = text.lines().map(|line| line.split("//").next().unwrap());
    let code = code.collect::<Vec<_>>().join("\n");
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let line = code[..at].matches('\n').count() + 1;
        let names = first_names(&code[at + "crate::".len()..]);
        found.extend(names.into_iter().map(|name| (name, line)));
    }
    found
}

/// Of `a::b` it is `a`; of `{a::b, c::{d, e}}` they are `a` and `c`.
fn first_names(path: &str) -> Vec<String> {
    let name = |path: &str| {
        let end = path.find(|c: char| !c.is_alphanumeric() && c != '_');
        path[..end.unwrap_or(path.len())].to_owned()
    };
    let Some(list) = path.strip_prefix('{') else {
        return vec![name(path)];
    };
    let (mut names, mut depth, mut begins) = (Vec::new(), 0, true);
    for (at, c) in list.char_indices() {
        match c {
            '}' if depth == 0 => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => begins = true,
            c if begins && !c.is_whitespace() => {
                names.push(name(&list[at..]));
                begins = false;
            }
            _ => {}
        }
    }
    names
}

/// The sets of modules that reach each other, each in the order of the alphabet.
fn cycles(imports: &Imports) -> Vec<Vec<&str>> {
    fn reaches<'a>(imports: &'a Imports, from: &'a str) -> BTreeSet<&'a str> {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
        while let Some(module) = next.pop() {
            let found = imports.get(module).into_iter().flat_map(BTreeMap::keys);
            next.extend(found.map(String::as_str).filter(|to| seen.insert(*to)));
        }
        seen
    }

    let reached: BTreeMap<&str, BTreeSet<&str>> = imports
        .keys()
        .map(|m| (m.as_str(), reaches(imports, m)))
        .collect();
    let mut cycles = BTreeSet::new();
    for (module, reaches) in &reached {
        if reaches.contains(module) {
            let back = reaches.iter().copied().filter(|to| {
                let back = reached.get(to);
                back.is_some_and(|back| back.contains(module))
            });
            cycles.insert(back.collect::<Vec<_>>());
        }
    }
    cycles.into_iter().collect()
}

/// The places that make the cycles, one a line.
fn inside(imports: &Imports, cycles: &[Vec<&str>]) -> String {
    let mut said = String::new();
    for cycle in cycles {
        for from in cycle {
            for (to, place) in &imports[*from] {
                if cycle.contains(&to.as_str()) {
                    said.push_str(&format!("{from} imports {to}: {place}\n"));
                }
            }
        }
    }
    said
}

//! Options: values out of range, existing files, the syntax of parts and variants.

use super::*;

#[test]
fn existing_files_are_kept_unless_told_otherwise() {
    let (folder, _) = made(|_| {});
    let before = contents(&folder);
    let mut again = options(folder.path(), 10, Variant::Epoch);
    let error = generate(&again, &|_| {}).unwrap_err().to_string();
    assert!(error.contains("reviews.csv exists already"), "{error}");
    assert!(contents(&folder) == before);
    again.overwrite = true;
    generate(&again, &|_| {}).unwrap();
    assert!(contents(&folder) != before);
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        5,
        "temporary files are left"
    );
}

#[test]
fn options_out_of_range_are_errors() {
    let error_of = |change: fn(&mut Options)| {
        let folder = tempfile::tempdir().unwrap();
        let mut options = options(folder.path(), 10, Variant::Epoch);
        change(&mut options);
        let error = generate(&options, &|_| {}).unwrap_err().to_string();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        error
    };
    assert!(error_of(|o| o.products = MOST_PRODUCTS + 1).contains("INT UNSIGNED"));
    assert!(error_of(|o| o.part = Some((3, 2))).contains("3/2"));
    assert!(error_of(|o| o.part = Some((0, 2))).contains("0/2"));
    assert!(error_of(|o| o.dirt = Some(0.1)).contains("needs --variant dirty"));
    for dirt in [1.1, f64::NAN] {
        let folder = tempfile::tempdir().unwrap();
        let mut options = options(folder.path(), 10, Variant::Dirty);
        options.dirt = Some(dirt);
        let error = generate(&options, &|_| {}).unwrap_err().to_string();
        assert!(error.contains("not a share"), "{error}");
    }
}

#[test]
fn parts_and_variants_are_read_as_typed() {
    assert_eq!(parse_part("2/4").unwrap(), (2, 4));
    for wrong in ["", "2", "0/4", "5/4", "1/0", "a/b", "-1/2", "1/2/3"] {
        assert!(parse_part(wrong).is_err(), "{wrong}");
    }
    for variant in Variant::ALL {
        assert_eq!(variant.to_string().parse::<Variant>().unwrap(), variant);
    }
    assert!("clean".parse::<Variant>().is_err());
    assert_eq!(
        file_name("reviews", "csv", Some((3, 12))),
        "reviews-03-of-12.csv"
    );
}

#[test]
fn progress_ends_at_the_number_of_products() {
    let folder = tempfile::tempdir().unwrap();
    let told = std::cell::RefCell::new(Vec::new());
    generate(&options(folder.path(), 7000, Variant::Epoch), &|done| {
        told.borrow_mut().push(done)
    })
    .unwrap();
    let told = told.into_inner();
    assert!(
        told.is_sorted() && told.len() > 1 && told.last() == Some(&7000),
        "{told:?}"
    );
}

#[test]
fn a_failed_write_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let obstacle = folder.path().join("characteristic_reviews.csv.partial");
    std::fs::create_dir(&obstacle).unwrap();
    let error = generate(&options(folder.path(), 10, Variant::Epoch), &|_| {}).unwrap_err();
    assert!(error.to_string().contains("cannot write"), "{error}");
    std::fs::remove_dir(&obstacle).unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// The writing thread meets the full disk, and the error of `generate` has the reason.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("/dev/full", folder.path().join("reviews.csv.partial")).unwrap();
    let error = generate(&options(folder.path(), 10, Variant::Epoch), &|_| {}).unwrap_err();
    let reason = std::error::Error::source(&error).unwrap().to_string();
    assert!(reason.contains("No space left"), "{error}: {reason}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

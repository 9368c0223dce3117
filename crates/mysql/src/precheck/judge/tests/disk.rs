//! The free space of the server's disk.

use super::*;

#[test]
fn room_on_the_disk_is_judged_where_it_is_known() {
    let mut facts = facts();
    for (gibibytes, level) in [(8, Some(Level::Fail)), (10, Some(Level::Warn)), (13, None)] {
        facts.free_disk = Some(gibibytes << 30);
        let found = found(&facts, &needs());
        assert_eq!(found.first().map(|f| f.0), level, "{found:?}");
    }
    facts.free_disk = Some(2 << 30);
    expect(
        &facts,
        &needs(),
        Level::Fail,
        "disk space",
        "2,048 MiB are free in /data/, and 3,072 MiB of files",
    );
    facts.free_disk = None;
    assert_eq!(found(&facts, &needs()), []);
}

#[test]
fn a_resumed_run_needs_space_for_the_rest_only() {
    let mut facts = facts();
    // 9 GiB of tables, 12 with what building indexes takes
    facts.free_disk = Some(7 << 30);
    let part = |text: u64, tables: u64| Loaded::Part {
        text: text << 30,
        tables: tables << 30,
    };
    for (loaded, level) in [
        (Loaded::Nothing, Some(Level::Fail)),
        (part(1, 0), Some(Level::Fail)),
        (part(2, 0), Some(Level::Warn)),
        (part(2, 3), Some(Level::Warn)),
        (part(3, 5), None),
        (part(3, 20), None),
        (Loaded::All, None),
    ] {
        facts.loaded = loaded;
        let found = found(&facts, &needs());
        assert_eq!(found.first().map(|f| f.0), level, "{loaded:?}: {found:?}");
    }
    facts.loaded = part(1, 0);
    let words = "about 9,216 MiB as tables with indexes, of which about 1,024 MiB are loaded";
    expect(&facts, &needs(), Level::Fail, "disk space", words);
}

#[test]
fn compressed_files_are_judged_by_their_text_and_an_estimate_alone_fails_no_run() {
    let mut facts = facts();
    facts.free_disk = Some(8 << 30);
    let mut packed = needs();
    packed.input_bytes = 1 << 30;
    let told = "1,024 MiB of files, 3,072 MiB decompressed, need about 9,216 MiB";
    expect(&facts, &packed, Level::Fail, "disk space", told);
    packed.unpacked.exact = false;
    let estimated = "1,024 MiB of files, decompressed perhaps 3,072 MiB (an estimate";
    expect(&facts, &packed, Level::Warn, "disk space", estimated);
    facts.free_disk = Some(2 << 30);
    expect(&facts, &packed, Level::Fail, "disk space", estimated);
}

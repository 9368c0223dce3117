//! Zip archives: their entries, and where the compressed bytes of an entry are.
//!
//! The zip crate reads the directory. Entries are decompressed like files, from their own position
//! in the archive, so that tables can be read in parallel.

use std::io::BufReader;
use std::sync::Arc;

use crate::error::{Context, Result, fail};

use super::decode::Compression;
use super::storage::{Section, Storage};

/// The first bytes of a zip archive.
pub(super) const MAGIC: &[u8] = b"PK\x03\x04";

/// A file in an archive.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// The path in the archive.
    pub(super) name: String,
    /// Offset in the archive of the entry's compressed bytes.
    pub(super) start: u64,
    /// Number of compressed bytes.
    pub(super) bytes: u64,
    /// How the bytes are packed, outermost layer first. The last layer checks length and CRC-32.
    pub(super) compressions: Vec<Compression>,
}

impl Entry {
    /// The file name without its folders.
    pub(super) fn file_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }
}

/// Lists the files in an archive, except those that macOS adds in `__MACOSX/`.
pub(super) fn entries(storage: &Arc<dyn Storage>, name: &str) -> Result<Vec<Entry>> {
    let whole = storage
        .state()
        .with_context(|| format!("cannot read {name}"))?
        .bytes;
    let section = Section::new(Arc::clone(storage), 0, whole);
    let mut archive = zip::ZipArchive::new(BufReader::new(section)).with_context(|| {
        format!(
            "cannot read the directory of the zip archive {name}; check that the file is complete"
        )
    })?;
    let mut entries = Vec::new();
    for at in 0..archive.len() {
        let entry = archive
            .by_index_raw(at)
            .with_context(|| format!("{name}: entry {at} cannot be read"))?;
        let found = entry
            .name()
            .with_context(|| format!("{name}: the name of entry {at} cannot be read"))?
            .into_owned();
        if !entry.is_file() || found.starts_with("__MACOSX/") {
            continue;
        }
        if entry.encrypted() {
            fail!("{name}/{found} is encrypted; decrypt it first and load the unpacked file");
        }
        #[expect(
            deprecated,
            reason = "the number of the method does not depend on the features of the zip crate"
        )]
        let method = entry.compression().to_u16();
        let mut compressions = match method {
            0 => Vec::new(),
            8 => vec![Compression::Deflate],
            12 => vec![Compression::Bzip2],
            93 => vec![Compression::Zstd],
            other => fail!(
                "{name}/{found} is compressed by method {other}, which is not supported; unpack the archive and load its files"
            ),
        };
        compressions.push(Compression::Checked {
            bytes: entry.size(),
            crc: entry.crc32(),
        });
        entries.push(Entry {
            start: entry.data_start().with_context(|| {
                format!("cannot find the data of {name}/{found} in the archive")
            })?,
            bytes: entry.compressed_size(),
            name: found,
            compressions,
        });
    }
    Ok(entries)
}

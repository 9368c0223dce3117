//! Zip archives: what is in them, and where the packed bytes of an entry are.
//!
//! The directory is read by the zip crate; entries are unpacked as files are, from their own place
//! in the archive, so that tables can be read side by side.

use std::io::BufReader;
use std::sync::Arc;

use anyhow::{Context, Result, bail};

use super::decode::Packing;
use super::storage::{Section, Storage};

/// First bytes of an archive.
pub(super) const MAGIC: &[u8] = b"PK\x03\x04";

/// A file in an archive.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// With the folders that it is in.
    pub(super) name: String,
    /// Where its packed bytes begin.
    pub(super) start: u64,
    /// How many they are.
    pub(super) bytes: u64,
    /// How it is packed, outermost first.
    pub(super) packings: Vec<Packing>,
}

impl Entry {
    /// The name without folders.
    pub(super) fn file_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }
}

/// The files in an archive, but for what macOS adds.
pub(super) fn entries(storage: &Arc<dyn Storage>, name: &str) -> Result<Vec<Entry>> {
    let whole = storage
        .state()
        .with_context(|| format!("cannot read {name}"))?
        .bytes;
    let section = Section::new(Arc::clone(storage), 0, whole);
    let mut archive = zip::ZipArchive::new(BufReader::new(section)).with_context(|| {
        format!("{name} is a zip archive whose directory cannot be read; is it complete?")
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
            bail!("{name}/{found} is encrypted; unpack it first");
        }
        #[expect(
            deprecated,
            reason = "the number is the same whatever methods the crate is built with"
        )]
        let method = entry.compression().to_u16();
        let mut packings = match method {
            0 => Vec::new(),
            8 => vec![Packing::Deflate],
            12 => vec![Packing::Bzip2],
            93 => vec![Packing::Zstd],
            other => bail!("{name}/{found} is packed by method {other}; unpack it first"),
        };
        packings.push(Packing::Checked {
            bytes: entry.size(),
            crc: entry.crc32(),
        });
        entries.push(Entry {
            start: entry
                .data_start()
                .with_context(|| format!("{name}/{found} has no place in the archive"))?,
            bytes: entry.compressed_size(),
            name: found,
            packings,
        });
    }
    Ok(entries)
}

//! Compresses and archives files for the tests.

use std::io::{Cursor, Read, Write};

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    None,
    Gzip,
    Zstd,
    Bzip2,
}

impl Packing {
    pub const ALL: [Packing; 4] = [Packing::None, Packing::Gzip, Packing::Zstd, Packing::Bzip2];

    pub fn extension(self) -> &'static str {
        match self {
            Packing::None => "",
            Packing::Gzip => ".gz",
            Packing::Zstd => ".zst",
            Packing::Bzip2 => ".bz2",
        }
    }
}

/// One member.
pub fn pack(packing: Packing, text: &[u8]) -> Vec<u8> {
    match packing {
        Packing::None => text.to_vec(),
        Packing::Gzip => {
            let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            out.write_all(text).unwrap();
            out.finish().unwrap()
        }
        Packing::Zstd => zstd::encode_all(text, 1).unwrap(),
        Packing::Bzip2 => {
            let mut out = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
            out.write_all(text).unwrap();
            out.finish().unwrap()
        }
    }
}

/// The text of gzip data.
pub fn unpacked(packed: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    flate2::read::MultiGzDecoder::new(packed)
        .read_to_end(&mut text)
        .unwrap();
    text
}

/// A zip archive, its entries deflated and stored in turns.
pub fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (at, (name, text)) in entries.iter().enumerate() {
        let method = match at % 2 {
            0 => zip::CompressionMethod::Deflated,
            _ => zip::CompressionMethod::Stored,
        };
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        archive.start_file(*name, options).unwrap();
        archive.write_all(text).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

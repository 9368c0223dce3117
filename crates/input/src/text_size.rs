//! Finds out the size of the text in compressed files without decompressing all of it. The size is
//! exact if the compressed file contains it, otherwise it is estimated.
//!
//! The size is needed before the first row is read, to check that the disk has enough space.
//! Nothing else relies on the size.

use std::io::{BufReader, ErrorKind, Read};
use std::iter::Sum;
use std::sync::Arc;

use flate2::bufread::MultiGzDecoder;

use super::decode::Compression;
use super::input_file::InputFile;
use super::storage::Section;

/// Assumed ratio of text to compressed bytes. Synthetic data has a ratio of 5 to 6 or more, text
/// written by people a lower one.
const GZIP: u64 = 4;
const ZSTD: u64 = 4;
const BZIP2: u64 = 5;
/// A gzip file consists of one or more members, and ends with the size of the last one modulo 2^32.
/// That size is used only for files of at most this many bytes, and only if it is close to the
/// estimate.
const GZIP_BELIEVED: u64 = (1 << 32) / 16;
/// Number of compressed bytes of a gzip file that are decompressed for the estimate.
const GZIP_SAMPLE: u64 = 128 << 10;
/// Maximum length of the header of a zstd frame.
const ZSTD_HEAD: u64 = 18;

/// The size of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextSize {
    /// Size in bytes.
    pub bytes: u64,
    /// Whether the size is exact. Otherwise it is estimated.
    pub exact: bool,
}

impl TextSize {
    /// The size of the text of a file.
    pub(super) fn of(file: &InputFile) -> TextSize {
        if let Some(bytes) = file.text_bytes_of_parquet() {
            return estimated(bytes);
        }
        let mut size = exact(file.bytes);
        // an inner compression cannot be sampled, because its bytes are not in the file
        for (depth, compression) in file.compressions().iter().enumerate() {
            let known = match compression {
                Compression::Checked { bytes, .. } => Some(exact(*bytes)),
                Compression::Gzip if depth == 0 => gzip(file),
                Compression::Zstd if depth == 0 => zstd(file).map(exact),
                _ => None,
            };
            let estimate = match compression {
                // the archive's directory has the unpacked size
                Compression::Checked { .. } => 1,
                Compression::Gzip | Compression::Deflate => GZIP,
                Compression::Zstd => ZSTD,
                Compression::Bzip2 => BZIP2,
            };
            size = known.unwrap_or_else(|| estimated(size.bytes.saturating_mul(estimate)));
        }
        if file.is_utf_16() {
            // most characters are ASCII, which takes half as many bytes in UTF-8 as in UTF-16
            size = estimated(size.bytes / 2);
        }
        size
    }
}

impl Sum for TextSize {
    fn sum<I: Iterator<Item = TextSize>>(all: I) -> TextSize {
        let nothing = TextSize {
            bytes: 0,
            exact: true,
        };
        all.fold(nothing, |a, b| TextSize {
            bytes: a.bytes.saturating_add(b.bytes),
            exact: a.exact && b.exact,
        })
    }
}

fn exact(bytes: u64) -> TextSize {
    TextSize { bytes, exact: true }
}

fn estimated(bytes: u64) -> TextSize {
    TextSize {
        bytes,
        exact: false,
    }
}

/// The size of the text of a gzip file. The last four bytes of the file are the size of its last
/// member only. Only decompression shows whether there are more members, as `cat`, `pigz -i` and
/// `bgzip` write them. So this size is used only if it is close to the estimate from the start of
/// the file.
fn gzip(file: &InputFile) -> Option<TextSize> {
    let packed = file.bytes.min(GZIP_SAMPLE);
    let beginning = Section::new(Arc::clone(&file.storage), file.start, packed);
    let mut decoder = MultiGzDecoder::new(BufReader::new(beginning));
    let (mut text, mut buffer) = (0, vec![0; 64 << 10]);
    loop {
        match decoder.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => text += read as u64,
            Err(error) if error.kind() == ErrorKind::UnexpectedEof && packed < file.bytes => break,
            Err(_) => return None,
        }
    }
    if packed == file.bytes {
        return Some(exact(text));
    }
    let bytes =
        u64::try_from(u128::from(text) * u128::from(file.bytes) / u128::from(packed)).ok()?;
    let end = read(file, file.bytes - 4, 4)?;
    let last = u64::from(u32::from_le_bytes(end.try_into().ok()?));
    match file.bytes <= GZIP_BELIEVED && last >= bytes / 8 * 7 {
        true => Some(exact(last)),
        false => Some(estimated(bytes)),
    }
}

fn zstd(file: &InputFile) -> Option<u64> {
    let head = read(file, 0, ZSTD_HEAD.min(file.bytes))?;
    let bytes = zstd::zstd_safe::get_frame_content_size(&head).ok()??;
    // there may be more frames; then the size of the first one may be less than the compressed size
    (bytes >= file.bytes).then_some(bytes)
}

fn read(file: &InputFile, at: u64, length: u64) -> Option<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(length).ok()?];
    let mut section = Section::new(Arc::clone(&file.storage), file.start + at, length);
    section.read_exact(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::super::format::Format;
    use super::*;

    fn size(name: &str, bytes: &[u8]) -> (u64, bool) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let size = TextSize::of(&InputFile::open(&path, "t", &Format::default()).unwrap());
        (size.bytes, size.exact)
    }

    fn gzipped(text: &[u8]) -> Vec<u8> {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        out.write_all(text).unwrap();
        out.finish().unwrap()
    }

    #[test]
    fn a_size_in_the_compressed_file_is_exact_and_any_other_is_an_estimate() {
        let text = "1,a line of the text\n".repeat(5000).into_bytes();
        let all = text.len() as u64;
        assert_eq!(size("t.csv", &text), (all, true));
        assert_eq!(size("t.csv.gz", &gzipped(&text)), (all, true));
        let mut zstd = zstd::stream::Encoder::new(Vec::new(), 3).unwrap();
        zstd.set_pledged_src_size(Some(all)).unwrap();
        zstd.include_contentsize(true).unwrap();
        zstd.write_all(&text).unwrap();
        assert_eq!(size("t.csv.zst", &zstd.finish().unwrap()), (all, true));
        // as zstd writes it into a pipe: without the size
        let mut pipe = zstd::stream::Encoder::new(Vec::new(), 3).unwrap();
        for piece in text.chunks(10_000) {
            pipe.write_all(piece).unwrap();
            pipe.flush().unwrap();
        }
        let streamed = pipe.finish().unwrap();
        let estimate = streamed.len() as u64 * ZSTD;
        assert_eq!(size("t.csv.zst", &streamed), (estimate, false));
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        for (name, bytes) in [("t.csv", text.clone()), ("u.csv", gzipped(&text))] {
            zip.start_file(name, options).unwrap();
            zip.write_all(&bytes).unwrap();
        }
        let zip = zip.finish().unwrap().into_inner();
        assert_eq!(size("t.zip", &zip), (all, true));
        let mut utf16 = vec![0xff, 0xfe];
        utf16.extend("id,name\n".bytes().flat_map(|b| [b, 0]));
        assert_eq!(size("t.csv", &utf16), (9, false));
    }

    #[test]
    fn all_members_of_a_gzip_file_count() {
        let line = |n: u64| {
            format!(
                "{n},{:x},a line of the text\n",
                n.wrapping_mul(0x9e37_79b9_7f4a_7c15)
            )
        };
        let text: String = (0..200_000).map(line).collect();
        let all = text.len() as u64;
        let whole = gzipped(text.as_bytes());
        assert!(whole.len() as u64 > 2 * GZIP_SAMPLE);
        assert_eq!(size("t.csv.gz", &whole), (all, true));
        // as `cat`, `pigz -i` and `bgzip` make them; the last one ends with an empty member
        let (first, second) = text.as_bytes().split_at(text.len() / 3);
        let halves = [gzipped(first), gzipped(second)].concat();
        let many: Vec<u8> = text.as_bytes().chunks(64 << 10).flat_map(gzipped).collect();
        let ended = [&many[..], &gzipped(b"")].concat();
        for members in [halves, many, ended] {
            let (bytes, exact) = size("t.csv.gz", &members);
            assert!(!exact && bytes.abs_diff(all) < all / 10, "{bytes} of {all}");
        }
        let small = [gzipped(b"id\n1\n"), gzipped(b"2\n")].concat();
        assert_eq!(size("t.csv.gz", &small), (7, true));
    }
}

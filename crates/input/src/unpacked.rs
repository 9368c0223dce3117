//! How large a packed file is as text, without unpacking all of it: as its packing says where it
//! does, else an estimate.
//!
//! It is asked for before row one, to see whether the disk has room; nothing else relies on it.

use std::io::{BufReader, ErrorKind, Read};
use std::iter::Sum;
use std::sync::Arc;

use flate2::bufread::MultiGzDecoder;

use super::decode::Packing;
use super::part::Part;
use super::storage::Section;

/// How much smaller such text is packed, for estimates: the synthetic data 5 to 6 times, or more,
/// what people write less.
const GZIP: u64 = 4;
const ZSTD: u64 = 4;
const BZIP2: u64 = 5;
/// A gzip file tells its size modulo 2^32, of its last member alone: believed of files up to this
/// size, when it is about what their beginning says.
const GZIP_BELIEVED: u64 = (1 << 32) / 16;
/// Packed bytes of a gzip file that are unpacked to see how it is packed.
const GZIP_SAMPLE: u64 = 128 << 10;
/// The head of a zstd frame is no longer.
const ZSTD_HEAD: u64 = 18;

/// Bytes of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unpacked {
    /// How many.
    pub bytes: u64,
    /// Whether that is the size of the files, or what their packing says.
    pub told: bool,
}

impl Unpacked {
    /// Of a part.
    pub(super) fn of(part: &Part) -> Unpacked {
        let mut size = told(part.bytes);
        // the outermost packing is the one whose bytes are in the file
        for (depth, packing) in part.packings().iter().enumerate() {
            let known = match packing {
                Packing::Checked { bytes, .. } => Some(told(*bytes)),
                Packing::Gzip if depth == 0 => gzip(part),
                Packing::Zstd if depth == 0 => zstd(part).map(told),
                _ => None,
            };
            let estimate = match packing {
                // what is within it is told by the directory of the archive
                Packing::Checked { .. } => 1,
                Packing::Gzip | Packing::Deflate => GZIP,
                Packing::Zstd => ZSTD,
                Packing::Bzip2 => BZIP2,
            };
            size = known.unwrap_or_else(|| estimated(size.bytes.saturating_mul(estimate)));
        }
        if part.is_utf_16() {
            // nearly all of it is ASCII, which takes half in UTF-8
            size = estimated(size.bytes / 2);
        }
        size
    }
}

impl Sum for Unpacked {
    fn sum<I: Iterator<Item = Unpacked>>(all: I) -> Unpacked {
        let nothing = Unpacked {
            bytes: 0,
            told: true,
        };
        all.fold(nothing, |a, b| Unpacked {
            bytes: a.bytes.saturating_add(b.bytes),
            told: a.told && b.told,
        })
    }
}

fn told(bytes: u64) -> Unpacked {
    Unpacked { bytes, told: true }
}

fn estimated(bytes: u64) -> Unpacked {
    Unpacked { bytes, told: false }
}

/// A file of several members, such as what `cat`, `pigz -i` or `bgzip` make, cannot be told from
/// others without unpacking it. But what its end says is then too little for what its beginning
/// says, or the other members hardly count.
fn gzip(part: &Part) -> Option<Unpacked> {
    let packed = part.bytes.min(GZIP_SAMPLE);
    let beginning = Section::new(Arc::clone(&part.storage), part.start, packed);
    let mut decoder = MultiGzDecoder::new(BufReader::new(beginning));
    let (mut text, mut buffer) = (0, vec![0; 64 << 10]);
    loop {
        match decoder.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => text += read as u64,
            Err(error) if error.kind() == ErrorKind::UnexpectedEof && packed < part.bytes => break,
            Err(_) => return None,
        }
    }
    if packed == part.bytes {
        return Some(told(text));
    }
    let bytes =
        u64::try_from(u128::from(text) * u128::from(part.bytes) / u128::from(packed)).ok()?;
    let end = read(part, part.bytes - 4, 4)?;
    let last = u64::from(u32::from_le_bytes(end.try_into().ok()?));
    match part.bytes <= GZIP_BELIEVED && last >= bytes / 8 * 7 {
        true => Some(told(last)),
        false => Some(estimated(bytes)),
    }
}

fn zstd(part: &Part) -> Option<u64> {
    let head = read(part, 0, ZSTD_HEAD.min(part.bytes))?;
    let bytes = zstd::zstd_safe::get_frame_content_size(&head).ok()??;
    // there may be more frames than the first
    (bytes >= part.bytes).then_some(bytes)
}

fn read(part: &Part, at: u64, length: u64) -> Option<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(length).ok()?];
    let mut section = Section::new(Arc::clone(&part.storage), part.start + at, length);
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
        let size = Unpacked::of(&Part::open(&path, "t", &Format::default()).unwrap());
        (size.bytes, size.told)
    }

    fn gzipped(text: &[u8]) -> Vec<u8> {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        out.write_all(text).unwrap();
        out.finish().unwrap()
    }

    #[test]
    fn what_the_packing_tells_is_told_and_the_rest_is_an_estimate() {
        let text = "1,a line of the text\n".repeat(5000).into_bytes();
        let all = text.len() as u64;
        assert_eq!(size("t.csv", &text), (all, true));
        assert_eq!(size("t.csv.gz", &gzipped(&text)), (all, true));
        let mut zstd = zstd::stream::Encoder::new(Vec::new(), 3).unwrap();
        zstd.set_pledged_src_size(Some(all)).unwrap();
        zstd.include_contentsize(true).unwrap();
        zstd.write_all(&text).unwrap();
        assert_eq!(size("t.csv.zst", &zstd.finish().unwrap()), (all, true));
        // as it comes out of a pipe
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
    fn the_members_of_a_gzip_file_count_all() {
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
        // as `cat`, `pigz -i` and `bgzip` make them; the last one with an empty member at its end
        let (first, second) = text.as_bytes().split_at(text.len() / 3);
        let halves = [gzipped(first), gzipped(second)].concat();
        let many: Vec<u8> = text.as_bytes().chunks(64 << 10).flat_map(gzipped).collect();
        let ended = [&many[..], &gzipped(b"")].concat();
        for members in [halves, many, ended] {
            let (bytes, told) = size("t.csv.gz", &members);
            assert!(!told && bytes.abs_diff(all) < all / 10, "{bytes} of {all}");
        }
        let small = [gzipped(b"id\n1\n"), gzipped(b"2\n")].concat();
        assert_eq!(size("t.csv.gz", &small), (7, true));
    }
}

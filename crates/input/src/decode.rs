//! Turns the bytes of a file into UTF-8 text: decompression and character encodings.
//!
//! The compression is detected from the first bytes, never from the name. If a file consists of
//! several compressed files (`cat a.gz b.gz`), their contents are joined. Damaged or incomplete
//! data is a read error, never an early end of the text.

use std::io::{self, BufReader, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding};

/// Number of compressed bytes per read.
const PIECE: usize = 1 << 17;

/// A reader that may move to another thread.
pub(super) type Reader = Box<dyn Read + Send>;

/// A compression format, or the check of an uncompressed entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    Gzip,
    Zstd,
    Bzip2,
    /// Raw deflate data without a frame, as in zip archives.
    Deflate,
    /// No compression. Checks the length and the CRC-32 of an entry of a zip archive.
    Checked {
        bytes: u64,
        crc: u32,
    },
}

impl Compression {
    /// Detects the compression from the first bytes of the data.
    pub(super) fn of(start: &[u8]) -> Option<Compression> {
        match start {
            [0x1f, 0x8b, ..] => Some(Compression::Gzip),
            // a frame or a skippable frame
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => {
                Some(Compression::Zstd)
            }
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Some(Compression::Bzip2),
            _ => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
            Compression::Bzip2 => "bzip2",
            Compression::Deflate | Compression::Checked { .. } => "zip",
        }
    }

    pub(super) fn unpack(self, packed: Reader) -> io::Result<Reader> {
        let packed = BufReader::with_capacity(PIECE, packed);
        Ok(match self {
            Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(packed)),
            Compression::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(packed)?),
            Compression::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(packed)),
            Compression::Deflate => Box::new(flate2::bufread::DeflateDecoder::new(packed)),
            Compression::Checked { bytes, crc } => Box::new(Checked {
                input: packed.into_inner(),
                missing: bytes,
                crc,
                found: crc32fast::Hasher::new(),
            }),
        })
    }
}

/// Checks that an entry of a zip archive has the length and CRC-32 of the archive's directory.
struct Checked {
    input: Reader,
    missing: u64,
    crc: u32,
    found: crc32fast::Hasher,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        let wrong = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what);
        self.missing = self
            .missing
            .checked_sub(read as u64)
            .ok_or_else(|| wrong("the file is longer than the archive's directory says"))?;
        self.found.update(&buffer[..read]);
        if read == 0 && !buffer.is_empty() {
            if self.missing > 0 {
                return Err(wrong(
                    "the file is shorter than the archive's directory says",
                ));
            }
            if self.found.clone().finalize() != self.crc {
                return Err(wrong(
                    "the file's CRC-32 differs from the one in the archive's directory",
                ));
            }
        }
        Ok(read)
    }
}

/// Converts text of another encoding to UTF-8. An invalid character becomes the byte 0xff, which
/// never occurs in UTF-8, so its record is rejected as `not_utf8` and no value is changed silently.
pub(super) struct Utf8Reader {
    input: Reader,
    decoder: Decoder,
    raw: Box<[u8]>,
    raw_at: usize,
    raw_end: usize,
    text: Box<[u8]>,
    text_at: usize,
    text_end: usize,
    state: State,
}

#[derive(PartialEq, Eq)]
enum State {
    Reading,
    /// The input has ended; the decoder may still have output.
    Ending,
    Finished,
}

/// A byte that never occurs in UTF-8.
const NO_CHARACTER: u8 = 0xff;

impl Utf8Reader {
    pub(super) fn new(input: Reader, encoding: &'static Encoding) -> Utf8Reader {
        Utf8Reader {
            input,
            decoder: encoding.new_decoder_with_bom_removal(),
            raw: vec![0; PIECE].into(),
            raw_at: 0,
            raw_end: 0,
            text: vec![0; PIECE].into(),
            text_at: 0,
            text_end: 0,
            state: State::Reading,
        }
    }

    fn decode(&mut self) -> io::Result<()> {
        if self.raw_at == self.raw_end && self.state == State::Reading {
            self.raw_end = self.input.read(&mut self.raw)?;
            self.raw_at = 0;
            if self.raw_end == 0 {
                self.state = State::Ending;
            }
        }
        let room = self.text.len() - 1;
        let (result, read, written) = self.decoder.decode_to_utf8_without_replacement(
            &self.raw[self.raw_at..self.raw_end],
            &mut self.text[..room],
            self.state == State::Ending,
        );
        self.raw_at += read;
        (self.text_at, self.text_end) = (0, written);
        match result {
            DecoderResult::InputEmpty if self.state == State::Ending => {
                self.state = State::Finished;
            }
            DecoderResult::InputEmpty | DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => {
                self.text[written] = NO_CHARACTER;
                self.text_end += 1;
            }
        }
        Ok(())
    }
}

impl Read for Utf8Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.text_at == self.text_end {
            if self.state == State::Finished {
                return Ok(0);
            }
            self.decode()?;
        }
        let n = buffer.len().min(self.text_end - self.text_at);
        buffer[..n].copy_from_slice(&self.text[self.text_at..self.text_at + n]);
        self.text_at += n;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(label: &str, bytes: &'static [u8]) -> Vec<u8> {
        let encoding = Encoding::for_label(label.as_bytes()).unwrap();
        let mut text = Vec::new();
        Utf8Reader::new(Box::new(bytes), encoding)
            .read_to_end(&mut text)
            .unwrap();
        text
    }

    #[test]
    fn an_invalid_character_becomes_a_byte_that_utf_8_never_has() {
        assert_eq!(decoded("utf-16le", b"\xff\xfea\0\xe9\0"), "aé".as_bytes());
        assert_eq!(decoded("utf-16be", b"\0a\xd8\x3d\xde\0"), "a😀".as_bytes());
        assert_eq!(decoded("utf-16le", b"a\0\x3d\xd8b\0"), b"a\xffb");
        assert_eq!(decoded("utf-16le", b"a\0b"), b"a\xff");
        assert_eq!(decoded("latin1", b"caf\xe9 \x80"), "café €".as_bytes());
    }
}

//! Cleans the records of a slice of a chunk, one after the other.

use super::plain::Fields;
use super::rows::finish;
use super::{Cleaned, Cleaner, parent};
use clean::checksum::RowHasher;
use input::chunks::Chunk;
use input::records::{Following, Step, StructureFault};

/// The records of a chunk that are cleaned at once.
pub(super) struct Slice<'a> {
    /// The chunk, up to the end of the records.
    pub(super) bytes: &'a [u8],
    /// `bytes` as text, if they are known to be valid UTF-8.
    pub(super) text: Option<&'a str>,
    /// Position of the first record.
    pub(super) from: usize,
    pub(super) following: Following,
}

impl Cleaner {
    /// Cleans the records of a chunk from a position on.
    pub(super) fn read(
        &self,
        chunk: &Chunk,
        slice: Slice,
        hasher: &mut RowHasher,
        cleaned: &mut Cleaned,
    ) {
        let Slice {
            bytes,
            text,
            from,
            following,
        } = slice;
        cleaned.stopped = bytes.len();
        let mut records = self.records();
        records.begin_at(from);
        let mut scan = self.scan(chunk, bytes);
        scan.begin_at(from);
        loop {
            if let Some(ranges) = &self.ranges
                && let Some(span) =
                    self.numbers(ranges, &records, bytes, hasher, &mut cleaned.batch)
            {
                records.pass(&span);
                scan.skip(&span, &mut cleaned.signs);
                continue;
            }
            match records.step(bytes, following) {
                Step::Record(span)
                    if self.is_no_row(chunk, bytes, &records, span, &mut cleaned.signs) => {}
                Step::Record(span) => {
                    scan.hide(&span);
                    let records = &records;
                    let fields = Fields {
                        records,
                        bytes,
                        text,
                    };
                    match self.row(fields, hasher, &mut cleaned.batch) {
                        Ok(hash) => {
                            self.note_rounded(chunk, fields, span, &mut cleaned.signs);
                            finish(&mut cleaned.batch, span, hash);
                            if let Some(of) = records.of_record() {
                                cleaned.batch.set_parent(parent(of));
                            }
                        }
                        Err(rejected) => self.reject(chunk, fields, span, rejected, cleaned),
                    }
                }
                Step::Fault {
                    span,
                    flaw: StructureFault::Fields(_),
                } if self.is_blank(chunk, bytes, span, &mut cleaned.signs) => {}
                Step::Fault { span, flaw } => {
                    let rejected = self.broken(chunk, bytes, span, flaw);
                    cleaned.rejections.push(rejected);
                }
                Step::Incomplete(position) => {
                    cleaned.stopped = position;
                    break;
                }
                Step::End => break,
            }
            scan.pass(records.position(), &mut cleaned.signs);
        }
        scan.finish(cleaned.stopped, &mut cleaned.signs);
        self.note_signs(chunk, &bytes[..cleaned.stopped], &records, cleaned);
    }
}

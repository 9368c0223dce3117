//! Cleans only the wanted records of a chunk.

use std::sync::Arc;

use super::{Cleaned, Cleaner, Signs, slice::Slice};
use crate::pipeline::excerpt::{Excerpt, Part};
use clean::checksum::RowHasher;
use input::chunks::{Chunk, Content};
use input::records::Following;

impl Cleaner {
    /// Sets which records [`Cleaner::clean_excerpt`] cleans. JSON is always read from the start of
    /// its text, without an excerpt.
    pub(in crate::pipeline) fn with_excerpt(self, excerpt: Option<&Arc<Excerpt>>) -> Cleaner {
        let excerpt = excerpt.filter(|_| !self.dialect.is_json()).cloned();
        Cleaner { excerpt, ..self }
    }

    /// Like [`Cleaner::clean`], for the wanted records only, if the excerpt has the chunk. Signs of
    /// another dialect are not noted, because the reading that made the excerpt has noted them.
    pub(in crate::pipeline) fn clean_excerpt(&self, chunk: &Chunk) -> Cleaned {
        let excerpt = self.excerpt.as_ref();
        let parts = excerpt.and_then(|excerpt| excerpt.parts((chunk.offset, chunk.end())));
        let (Some(parts), Content::Lines(bytes)) = (parts, &chunk.content) else {
            return self.clean(chunk);
        };
        let cleaned = self.parts(chunk, bytes, parts);
        // if the rows differ, the file has changed, so the whole chunk is read
        cleaned.unwrap_or_else(|| self.clean(chunk))
    }

    /// Cleans these parts of a chunk; `None` if they do not have the expected number of rows.
    fn parts(&self, chunk: &Chunk, bytes: &[u8], parts: &[Part]) -> Option<Cleaned> {
        let wanted: u32 = parts.iter().map(|part| part.end - part.start).sum();
        let mut cleaned = self.empty(chunk, wanted as usize);
        let mut hasher = RowHasher::new();
        let text = simdutf8::basic::from_utf8(bytes).ok();
        let mut rows = 0;
        for part in parts {
            let end = part.end as usize;
            let at_end = chunk.last && end == bytes.len();
            let slice = Slice {
                bytes: bytes.get(..end)?,
                text,
                from: part.start as usize,
                following: match at_end {
                    true => Following::EndOfFile,
                    false => Following::Unknown,
                },
            };
            self.read(chunk, slice, &mut hasher, &mut cleaned);
            rows += part.rows as usize;
            if cleaned.stopped != end || cleaned.batch.len() != rows {
                return None;
            }
        }
        if !cleaned.rejections.is_empty() {
            return None;
        }
        cleaned.signs = Signs::default();
        cleaned.stopped = bytes.len();
        cleaned.batch.end = chunk.end();
        cleaned.records = cleaned.batch.len() as u64;
        Some(cleaned)
    }
}

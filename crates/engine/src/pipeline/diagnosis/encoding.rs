//! The encoding of records that are not valid UTF-8.

use super::{Sample, of_records};
use crate::pipeline::cleaner::Cleaner;
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use input::Source;
use model::diagnosis::{Diagnosis, SuggestedSetting};

/// The encoding that the records are probably in, if they are accepted in it.
pub(super) fn diagnoses(sample: &Sample, source: &Source, cleaner: &Cleaner) -> Vec<Diagnosis> {
    if sample.records.is_empty() || source.has_told_encoding() {
        return Vec::new();
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    for record in &sample.records {
        detector.feed(&record.raw, false);
    }
    detector.feed(b"", true);
    let encoding = detector.guess(None, Utf8Detection::Deny);
    let is_read = |raw: &[u8]| {
        let (text, _, has_errors) = encoding.decode(raw);
        !has_errors && cleaner.accepts(text.as_bytes())
    };
    let records = sample.records.iter();
    let read: Vec<_> = records.filter(|record| is_read(&record.raw)).collect();
    if read.len() * 2 < sample.records.len() {
        return Vec::new();
    }
    let name = encoding.name().to_ascii_lowercase();
    let settings = vec![vec![SuggestedSetting::text("encoding", &name)]];
    let cause = format!("the file is probably in {name}");
    vec![of_records(source, cause, &read, sample, settings)]
}

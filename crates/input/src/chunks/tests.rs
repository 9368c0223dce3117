use proptest::prelude::*;

use super::*;

/// All chunks of a text without header.
fn chunks(text: &[u8], chunk_bytes: usize, max_record: usize) -> Vec<Chunk> {
    let mut chunker = Chunker::new(text, 0, 1, chunk_bytes, max_record).unwrap();
    std::iter::from_fn(|| chunker.next_chunk().unwrap()).collect()
}

/// The chunks as texts; a long line as its length.
fn shown(text: &str, chunk_bytes: usize, max_record: usize) -> Vec<String> {
    chunks(text.as_bytes(), chunk_bytes, max_record)
        .into_iter()
        .map(|chunk| match chunk.content {
            Content::Lines(bytes) => String::from_utf8(bytes).unwrap(),
            Content::LongLine(line) => format!("<{}>", line.length),
        })
        .collect()
}

#[test]
fn cuts_are_after_line_ends_at_which_the_number_of_quotes_is_even() {
    assert_eq!(shown("a\nb\nc\n", 2, 100), ["a\n", "b\n", "c\n"]);
    assert_eq!(shown("a\nb\nc\n", 5, 100), ["a\nb\n", "c\n"]);
    assert_eq!(shown("a\nb\nc", 1000, 100), ["a\nb\nc"]);
    assert_eq!(
        shown("1,\"x\ny\"\n2,z\n", 5, 100),
        ["1,\"x\ny\"\n", "2,z\n"]
    );
    assert_eq!(shown("a\r\nb\rc\r\n", 2, 100), ["a\r\n", "b\r", "c\r\n"]);
}

#[test]
fn a_line_longer_than_a_record_is_a_chunk_without_its_bytes() {
    let text = format!("a\n{}\nb\n", "x".repeat(50));
    assert_eq!(shown(&text, 10, 20), ["a\n", "<51>", "b\n"]);
    assert_eq!(shown(&text, 1000, 20), ["a\n", "<51>", "b\n"]);
    assert_eq!(
        shown(&text, 1000, 50),
        [text.as_str()],
        "the line end does not count"
    );
    assert_eq!(shown(&"x".repeat(50), 10, 20), ["<50>"]);
    let found = chunks(
        format!("a\n{}\r\nb\n", "x".repeat(1 << 20)).as_bytes(),
        10,
        1000,
    );
    let Content::LongLine(line) = &found[1].content else {
        panic!("{:?}", found[1])
    };
    assert_eq!((line.length, line.start.len()), ((1 << 20) + 2, 1002));
    assert_eq!(
        (found[2].offset, found[2].line, found[2].last),
        ((1 << 20) + 4, 3, true)
    );
}

#[test]
fn byte_order_marks_do_not_count_for_the_length_of_a_line() {
    let text = format!("a\n\u{feff}\u{feff}{}\r\nb\n", "x".repeat(20));
    let line = format!("\u{feff}\u{feff}{}\r\n", "x".repeat(20));
    assert_eq!(shown(&text, 1000, 20), ["a\n", &line, "b\n"]);
    assert_eq!(shown(&text, 1000, 19), ["a\n", "<28>", "b\n"]);
}

#[test]
fn a_line_of_the_maximum_length_may_end_with_cr_lf() {
    assert_eq!(shown("x\r\n4,5,6", 1, 1), ["x\r\n", "<5>"]);
    let text = format!("a\n{}\r\nb\n", "x".repeat(20));
    let line = format!("{}\r\n", "x".repeat(20));
    assert_eq!(shown(&text, 1, 20), ["a\n", &line, "b\n"]);
}

#[test]
fn a_text_without_data_is_one_empty_chunk() {
    let found = chunks(b"", 10, 10);
    assert!(found.len() == 1 && found[0].last && found[0].end() == 0);
    let mut chunker = Chunker::new(&b"id\n"[..], 3, 2, 10, 10).unwrap();
    let only = chunker.next_chunk().unwrap().unwrap();
    assert_eq!((only.offset, only.line, only.last), (3, 2, true));
    assert!(chunker.next_chunk().unwrap().is_none());
}

#[test]
fn a_file_shorter_than_its_header_is_an_error() {
    assert!(Chunker::new(&b"id"[..], 3, 2, 10, 10).is_err());
}

/// A reader that returns a few bytes at a time, with interruptions between them.
struct Dribble<'a>(&'a [u8], bool);

impl Read for Dribble<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.1 = !self.1;
        if self.1 {
            return Err(std::io::ErrorKind::Interrupted.into());
        }
        let n = self.0.len().min(buffer.len()).min(3);
        buffer[..n].copy_from_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        Ok(n)
    }
}

#[test]
fn a_buffer_that_is_put_back_is_used_for_a_later_chunk() {
    let pool = Arc::new(BufferPool::default());
    let text = b"one\ntwo\nthree\nfour\n".repeat(3);
    let mut chunker = Chunker::new(&text[..], 0, 1, 8, 1000)
        .unwrap()
        .with_pool(&pool);
    let mut memory = Vec::new();
    let mut read = Vec::new();
    while let Some(chunk) = chunker.next_chunk().unwrap() {
        let Content::Lines(bytes) = chunk.content else {
            panic!("no line is overlong");
        };
        read.extend_from_slice(&bytes);
        memory.push(bytes.as_ptr());
        pool.put_back(bytes);
    }
    assert_eq!(read, text);
    assert!(memory.len() > 4);
    // while one buffer is parsed, the other one is filled
    memory.sort_unstable();
    memory.dedup();
    assert_eq!(memory.len(), 2);
}

proptest! {
    // each case clears a buffer of a quarter of a megabyte
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_chunks_joined_are_the_text_and_their_places_are_right(text in "[ab,\"\n\r]{0,80}", chunk_bytes in 1..40usize, max_record in 1..30usize) {
        let found = chunks(text.as_bytes(), chunk_bytes, max_record);
        let mut at = 0;
        for (i, chunk) in found.iter().enumerate() {
            prop_assert_eq!(chunk.offset, at as u64);
            let before = &text.as_bytes()[..at];
            prop_assert_eq!(chunk.line, 1 + before.iter().filter(|b| **b == b'\n').count() as u64);
            prop_assert_eq!(chunk.last, i + 1 == found.len());
            // each begins at the start of a physical line, never between CR and LF
            prop_assert!(at == 0 || matches!(text.as_bytes()[at - 1], b'\n' | b'\r'));
            prop_assert!(at == 0 || !(text.as_bytes()[at - 1] == b'\r' && text.as_bytes().get(at) == Some(&b'\n')));
            match &chunk.content {
                Content::Lines(bytes) => prop_assert_eq!(&bytes[..], &text.as_bytes()[at..at + bytes.len()]),
                Content::LongLine(long) => {
                    let line = &text.as_bytes()[at..at + long.length as usize];
                    prop_assert!(line.trim_ascii_end().len() > max_record, "{:?}", line);
                    prop_assert_eq!(&long.start[..], &line[..line.len().min(max_record + 2)]);
                    prop_assert_eq!(long.line_feeds, u64::from(line.ends_with(b"\n")));
                    let content = line.trim_ascii_end();
                    let mut alone = Quotes::at_start(&Dialect::default());
                    alone.follow(content);
                    let mut within = Quotes::within(&Dialect::default());
                    within.follow(content);
                    prop_assert_eq!((long.alone, long.within), (alone, within));
                }
            }
            at = chunk.end() as usize;
        }
        prop_assert_eq!(at, text.len());
    }

    #[test]
    fn the_cuts_do_not_depend_on_the_sizes_of_the_reads(text in "[ab,\"\n\r]{0,80}", chunk_bytes in 1..40usize) {
        let mut dribble = Chunker::new(Dribble(text.as_bytes(), false), 0, 1, chunk_bytes, 20).unwrap();
        for chunk in chunks(text.as_bytes(), chunk_bytes, 20) {
            let other = dribble.next_chunk().unwrap().unwrap();
            prop_assert_eq!(format!("{other:?}"), format!("{chunk:?}"));
        }
        prop_assert!(dribble.next_chunk().unwrap().is_none());
    }
}

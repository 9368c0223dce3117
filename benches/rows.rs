//! What a row costs the client: cut, read (bytes to fields), clean (with CHECKs and the checksum),
//! keys, encode; per table, for a long row and a short one cost different things.
//!
//! `cargo bench --manifest-path benches/Cargo.toml` runs all, with `-- clean/reviews` one. The data
//! are generated, so figures compare between machines and commits; throughput is in bytes of the
//! CSV file.

use std::collections::HashMap;
use std::hint::black_box;
use std::path::Path;

use clean::keys::Keys;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use engine::pipeline::cleaner::Cleaner;
use input::chunks::{Chunk, Chunker, Content};
use input::records::{Following, Records, Step};
use input::{DEFAULT_MAX_RECORD, Input, Source};
use mysql::local_infile;
use mysql::target::Target;
use mysql_schema::parse::parse;
use reviews::generate::{Options, Variant, generate};

/// As `seed` takes it unless told.
const BATCH: usize = 1 << 20;

fn generated(folder: &Path) -> Vec<Source> {
    let options = Options {
        products: 3000,
        seed: 1,
        variant: Variant::Epoch,
        dirt: None,
        part: None,
        threads: 0,
        out: folder.to_owned(),
        overwrite: true,
    };
    generate(&options, &|_| {}).expect("the data are generated");
    let schema = parse(reviews::SCHEMA, "schema.sql").expect("the schema is read");
    input::open_all(&Input::folder(folder), &schema, &[]).expect("the files are opened")
}

fn first_chunk(source: &Source) -> Chunk {
    Chunker::of_source(source, BATCH, DEFAULT_MAX_RECORD)
        .and_then(|mut chunker| chunker.next_chunk())
        .expect("the file is read")
        .expect("it holds rows")
}

fn rows(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("there is a temporary folder");
    for source in generated(folder.path()) {
        let name = &source.table.name;
        let chunk = first_chunk(&source);
        let Content::Lines(bytes) = &chunk.content else {
            unreachable!("no generated line is overlong")
        };
        let of = |phase: &str| format!("{phase}/{name}");
        let mut group = criterion.benchmark_group("rows");
        group.throughput(Throughput::Bytes(bytes.len() as u64));

        group.bench_function(of("cut"), |bencher| {
            bencher.iter(|| {
                let mut chunker = Chunker::new(&bytes[..], 0, 1, BATCH / 4, DEFAULT_MAX_RECORD)
                    .expect("it is in memory");
                while let Some(chunk) = chunker.next_chunk().expect("it is in memory") {
                    black_box(chunk.end());
                }
            })
        });
        let mut records = Records::new(source.header.fields, DEFAULT_MAX_RECORD);
        group.bench_function(of("read"), |bencher| {
            bencher.iter(|| {
                records.begin();
                let mut length = 0;
                while let Step::Record(_) = records.step(bytes, Following::Unknown) {
                    length += records.field(bytes, 0).len();
                }
                length
            })
        });
        let cleaner = Cleaner::new(&source, DEFAULT_MAX_RECORD);
        group.bench_function(of("clean"), |bencher| {
            bencher.iter(|| cleaner.clean(black_box(&chunk)))
        });
        let batch = cleaner.clean(&chunk).batch;
        let loaded: Vec<usize> = source.header.columns.iter().map(|c| c.0).collect();
        group.bench_function(of("keys"), |bencher| {
            bencher.iter_batched(
                || {
                    (
                        Keys::new(&source.table, &loaded, &HashMap::new()),
                        batch.clone(),
                    )
                },
                |(mut keys, mut batch)| keys.check(&mut batch),
                BatchSize::LargeInput,
            )
        });
        let target = Target {
            table: name.clone(),
            columns: cleaner.columns().cloned().collect(),
        };
        group.bench_function(of("encode"), |bencher| {
            bencher.iter(|| local_infile::encode(&target, black_box(&batch)))
        });
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = rows
}
criterion_main!(benches);

//! `generate`: writes the files of a made-up data set.

use std::time::Instant;

use anyhow::Result;

use super::Exit;
use crate::cli::{GenerateArgs, VariantArg};
use crate::terminal::{Terminal, Verbosity};
use model::wording::grouped;
use reviews::generate::{self, Options, Variant};

pub(super) fn run(args: &GenerateArgs) -> Result<Exit> {
    let verbosity = if args.quiet {
        Verbosity::Quiet
    } else {
        Verbosity::Normal
    };
    let terminal = Terminal::new("generate", verbosity).in_format(args.log_format.into());
    let options = Options {
        products: args.products,
        seed: args.seed,
        variant: match args.variant {
            VariantArg::Iso => Variant::Iso,
            VariantArg::Epoch => Variant::Epoch,
            VariantArg::Dirty => Variant::Dirty,
        },
        dirt: args.dirt,
        part: args.part,
        threads: args.threads.map_or(0, usize::from),
        out: args.out.clone(),
        overwrite: args.overwrite,
    };
    let began = Instant::now();
    let manifest = generate::generate(&options, &|_| {})?;
    let seconds = began.elapsed().as_secs_f64();
    let mut bytes = 0;
    for file in &manifest.tables {
        bytes += file.bytes;
        terminal.wrote(&file.name, file.read, file.bytes);
    }
    terminal.info(&format!(
        "generate: {} bytes in {seconds:.1} s ({:.0} MB/s) in {}",
        grouped(bytes),
        bytes as f64 / seconds.max(0.001) / 1e6,
        args.out.display()
    ));
    Ok(Exit::Done)
}

//! The mix of reads, as shares: `list=80,meta=20`.

use std::str::FromStr;

use crate::random::{at, below};

/// A kind of request to the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReadKind {
    /// A page of the list, the newest first, with its photos.
    ListNewest,
    /// A page of the list, the most helpful first, with its photos.
    ListHelpful,
    /// Like `ListHelpful`, but of equally helpful reviews the newest is first.
    ListRelevant,
    /// The meta data of a product: ratings, recommendations and characteristics.
    Meta,
}

impl ReadKind {
    /// All kinds.
    pub const ALL: [ReadKind; 4] = [
        ReadKind::ListNewest,
        ReadKind::ListHelpful,
        ReadKind::ListRelevant,
        ReadKind::Meta,
    ];

    /// The name in a mix and in the report.
    pub fn name(self) -> &'static str {
        match self {
            ReadKind::ListNewest => "list-newest",
            ReadKind::ListHelpful => "list-helpful",
            ReadKind::ListRelevant => "list-relevant",
            ReadKind::Meta => "meta",
        }
    }
}

/// Shares of the reads. `list` means its three sort orders in equal shares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mix {
    shares: Vec<(ReadKind, u32)>,
    sum: u32,
}

impl Mix {
    /// The read of request `n`, from 0. The same seed gives the same reads.
    pub fn pick(&self, seed: u64, n: u64) -> ReadKind {
        // `!seed`, because `seed` draws the products: with the same random numbers, the choice of
        // the read would depend on the product
        let mut left = below(at(!seed, n), self.sum);
        for (read, share) in &self.shares {
            if left < *share {
                return *read;
            }
            left -= share;
        }
        ReadKind::Meta
    }
}

impl FromStr for Mix {
    type Err = String;

    fn from_str(text: &str) -> Result<Mix, String> {
        let wrong = |part: &str| {
            format!(
                "\"{part}\" is not a share such as list=80; reads are list, list-newest, list-helpful, list-relevant, meta"
            )
        };
        let mut shares: Vec<(ReadKind, u32)> = Vec::new();
        for part in text.split(',') {
            let (name, share) = part.split_once('=').ok_or_else(|| wrong(part))?;
            let share: u32 = share.trim().parse().map_err(|_| wrong(part))?;
            if share > 1_000_000 {
                return Err(wrong(part));
            }
            let name = name.trim();
            let reads = match name {
                "list" => &ReadKind::ALL[..3],
                _ => {
                    let at = ReadKind::ALL
                        .iter()
                        .position(|r| r.name() == name)
                        .ok_or_else(|| wrong(part))?;
                    &ReadKind::ALL[at..=at]
                }
            };
            // shares are counted in thirds, so that `list` can be divided into three sort orders
            let each = share * 3 / reads.len() as u32;
            shares.extend(reads.iter().map(|read| (*read, each)));
        }
        match shares.iter().map(|(_, share)| share).sum() {
            0 => Err(format!(
                "all shares of \"{text}\" are 0; one must be larger"
            )),
            sum => Ok(Mix { shares, sum }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_kept_and_the_list_is_divided_into_its_orders() {
        let mix: Mix = "list=80,meta=20".parse().unwrap();
        let mut picked = [0; 4];
        for n in 0..30_000 {
            picked[mix.pick(1, n) as usize] += 1;
        }
        assert!(
            picked[..3].iter().all(|n| (7700..8300).contains(n)),
            "{picked:?}"
        );
        assert!((5700..6300).contains(&picked[3]), "{picked:?}");
        let one: Mix = "meta=1,list-helpful=0".parse().unwrap();
        assert!((0..100).all(|n| one.pick(7, n) == ReadKind::Meta));
    }

    #[test]
    fn what_is_not_a_mix_is_an_error() {
        for wrong in [
            "",
            "list",
            "list=",
            "list=x",
            "lists=1",
            "list=0,meta=0",
            "list=-1",
            "meta=1,",
        ] {
            assert!(wrong.parse::<Mix>().is_err(), "{wrong}");
        }
    }
}

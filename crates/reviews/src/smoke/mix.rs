//! Which reads, in which shares: `list=80,meta=20`.

use std::str::FromStr;

use crate::random::{at, below};

/// A read of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Read {
    /// A page of the list, the newest first, with its photos.
    ListNewest,
    /// The most helpful first.
    ListHelpful,
    /// The most helpful first and the newest of equals.
    ListRelevant,
    /// Ratings, recommendations and characteristics.
    Meta,
}

impl Read {
    /// All of them.
    pub const ALL: [Read; 4] = [
        Read::ListNewest,
        Read::ListHelpful,
        Read::ListRelevant,
        Read::Meta,
    ];

    /// The name in a mix and in the report.
    pub fn name(self) -> &'static str {
        match self {
            Read::ListNewest => "list-newest",
            Read::ListHelpful => "list-helpful",
            Read::ListRelevant => "list-relevant",
            Read::Meta => "meta",
        }
    }
}

/// Shares of the reads; `list` stands for its three sort orders in equal parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mix {
    shares: Vec<(Read, u32)>,
    sum: u32,
}

impl Mix {
    /// The read of request `n`: the same for the same seed.
    pub fn pick(&self, seed: u64, n: u64) -> Read {
        // another key than that of the products, which are drawn with the same seed
        let mut left = below(at(!seed, n), self.sum);
        for (read, share) in &self.shares {
            if left < *share {
                return *read;
            }
            left -= share;
        }
        Read::Meta
    }
}

impl FromStr for Mix {
    type Err = String;

    fn from_str(text: &str) -> Result<Mix, String> {
        let wrong = |part: &str| {
            format!(
                "\"{part}\" is no share such as list=80; reads are list, list-newest, list-helpful, list-relevant, meta"
            )
        };
        let mut shares: Vec<(Read, u32)> = Vec::new();
        for part in text.split(',') {
            let (name, share) = part.split_once('=').ok_or_else(|| wrong(part))?;
            let share: u32 = share.trim().parse().map_err(|_| wrong(part))?;
            if share > 1_000_000 {
                return Err(wrong(part));
            }
            let name = name.trim();
            let reads = match name {
                "list" => &Read::ALL[..3],
                _ => {
                    let at = Read::ALL
                        .iter()
                        .position(|r| r.name() == name)
                        .ok_or_else(|| wrong(part))?;
                    &Read::ALL[at..=at]
                }
            };
            // in thirds, so that `list` can be cut into its three orders
            let each = share * 3 / reads.len() as u32;
            shares.extend(reads.iter().map(|read| (*read, each)));
        }
        match shares.iter().map(|(_, share)| share).sum() {
            0 => Err(format!("\"{text}\" asks for nothing")),
            sum => Ok(Mix { shares, sum }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_kept_and_the_list_is_cut_into_its_orders() {
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
        assert!((0..100).all(|n| one.pick(7, n) == Read::Meta));
    }

    #[test]
    fn what_is_no_mix_is_refused() {
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

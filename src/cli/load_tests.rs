//! The arguments of the commands around load tests: `targets` and `smoke`.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::{DatabaseArgs, FilesArgs};
use reviews::smoke::mix::Mix;
use reviews::targets::format::Kind;
use reviews::targets::{Last, Of};

/// Arguments of `targets`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  reviewseed targets --limit 100 --format table       the products whose newest reviews are newest
  reviewseed targets --weighted --format repeated     the last tenth, each product once per review
  reviewseed targets --count 7500 --format k6 --script -o targets.json
  reviewseed targets --from ~/csv --format urls --url 'http://api:3000/reviews?product_id={product_id}'")]
pub struct TargetsArgs {
    /// How much of the end of the data: a share of the products that have reviews, or so many of
    /// them
    #[arg(long, value_name = "P%|N", default_value = "10%")]
    pub last: Last,
    /// At most so many different ids
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: Option<u64>,
    /// Ids of what; characteristics come with their products
    #[arg(long, value_name = "WHAT", default_value = "product_id", value_parser = one_of::<Of>(Of::ALL.map(Of::name)))]
    pub of: Of,
    /// Repeat a product once per review that is not reported
    #[arg(long)]
    pub weighted: bool,
    /// In a random order instead of newest first
    #[arg(long)]
    pub shuffle: bool,
    /// Draw exactly N at random, none again before all were drawn: rate x duration for tools that
    /// want an entry per request
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub count: Option<u64>,
    /// Same seed, same order, with --shuffle and --count [default: 1]
    #[arg(long, value_name = "S")]
    pub seed: Option<u64>,
    /// Take them from the CSV files of a folder, without a database
    #[arg(
        long,
        value_name = "DIR",
        conflicts_with = "database_url",
        help_heading = "Reading"
    )]
    pub from: Option<PathBuf>,
    /// Schema file for --from [default: schema.sql in its DIR, else in the current folder, else the
    /// one compiled in]
    #[arg(long, value_name = "FILE", requires = "from", help_heading = "Reading")]
    pub schema: Option<PathBuf>,
    #[command(flatten)]
    #[expect(missing_docs)]
    pub files: FilesArgs,
    #[command(flatten)]
    #[expect(missing_docs)]
    pub database: DatabaseArgs,
    /// What to write [default: ids, or by the extension .csv, .json or .ndjson of -o]
    #[arg(long, value_name = "FORMAT", value_parser = one_of::<Kind>(Kind::ALL.map(Kind::name)), help_heading = "Output")]
    pub format: Option<Kind>,
    /// Where requests go, for wrk, vegeta, urls and --script, with {product_id} (or {review_id}) in
    /// it
    #[arg(long, value_name = "TEMPLATE", help_heading = "Output")]
    pub url: Option<String>,
    /// Write a complete test beside the list: k6, artillery, jmeter, gatling, locust, loaderio
    #[arg(long, help_heading = "Output")]
    pub script: bool,
    /// Write into a file, which appears whole or not at all [default: stdout]
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// Say nothing but errors
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,
}

/// Arguments of `smoke`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  reviewseed smoke                                    250 requests a second for 30 s, for the last tenth of the products
  reviewseed smoke --rate 1000 --max-avg 20ms --json
  reviewseed targets --weighted -o ids.txt && reviewseed smoke --targets ids.txt --mix list=50,meta=50")]
pub struct SmokeArgs {
    /// Requests a second, sent whether or not those before them are answered
    #[arg(long, value_name = "N", default_value = "250", value_parser = parse_rate)]
    pub rate: f64,
    /// For how long (ms, s, m)
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = parse_duration)]
    pub duration: Duration,
    /// Products to ask for, as written by `targets` (ids, repeated, csv, table) [default: the last
    /// tenth]
    #[arg(long, value_name = "FILE")]
    pub targets: Option<PathBuf>,
    /// Shares of the reads: list (or list-newest, list-helpful, list-relevant) and meta
    #[arg(long, value_name = "MIX", default_value = "list=80,meta=20")]
    pub mix: Mix,
    /// Same seed, same requests
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// Connections [default: 1 per 25 requests a second, 8 to 64]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub connections: Option<u16>,
    /// Longest wait for an answer
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = parse_duration)]
    pub timeout: Duration,
    /// Most errors; more is exit code 1
    #[arg(long, value_name = "P%", default_value = "0%", value_parser = parse_percent, help_heading = "Limits")]
    pub max_error_rate: f64,
    /// Longest average latency; longer is exit code 1
    #[arg(long, value_name = "TIME", default_value = "5ms", value_parser = parse_duration, help_heading = "Limits")]
    pub max_avg: Duration,
    #[command(flatten)]
    #[expect(missing_docs)]
    pub database: DatabaseArgs,
    /// The result as JSON on stdout
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    /// Say nothing but errors
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,
}

/// One of some names, listed in the help, as the value that it stands for.
fn one_of<T>(names: impl IntoIterator<Item = &'static str>) -> impl TypedValueParser<Value = T>
where
    T: FromStr<Err = String> + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(names).try_map(|name| name.parse())
}

/// A length of time: `30s`, `500ms`, `2m`.
fn parse_duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("\"{text}\" is no length of time such as 30s, 500ms or 2m");
    let digits = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let number: f64 = text[..digits].parse().map_err(|_| wrong())?;
    let seconds = match text[digits..].trim() {
        "ms" => number / 1000.0,
        "s" | "" => number,
        "m" => number * 60.0,
        _ => return Err(wrong()),
    };
    match seconds > 0.0 && seconds <= 86_400.0 {
        true => Ok(Duration::from_secs_f64(seconds)),
        false => Err(wrong()),
    }
}

/// A share in percent.
fn parse_percent(text: &str) -> Result<f64, String> {
    match text.trim().trim_end_matches('%').trim_end().parse::<f64>() {
        Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(percent),
        _ => Err(format!("\"{text}\" is no share such as 1% or 0.5%")),
    }
}

fn parse_rate(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(rate) if rate > 0.0 && rate <= 1_000_000.0 => Ok(rate),
        _ => Err(format!("\"{text}\" is no rate such as 250")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_shares_and_rates_are_read() {
        assert_eq!(parse_duration("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(parse_duration("1.5ms"), Ok(Duration::from_micros(1500)));
        assert_eq!(parse_duration("2m"), Ok(Duration::from_secs(120)));
        assert_eq!(
            (parse_percent("0.5%"), parse_percent("0")),
            (Ok(0.5), Ok(0.0))
        );
        for wrong in ["", "s", "0s", "-1s", "5h", "1e9s"] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
        assert!(parse_percent("101%").is_err() && parse_percent("x").is_err());
        assert!(
            parse_rate("0").is_err() && parse_rate("NaN").is_err() && parse_rate("inf").is_err()
        );
    }
}

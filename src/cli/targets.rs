//! The arguments of `targets`, and the parsers of times, shares and rates for load tests.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::{DatabaseArgs, FilesArgs};
use reviews::targets::format::FormatKind;
use reviews::targets::format::script::Load;
use reviews::targets::{Options, Portion, TargetKind};

/// Arguments of `targets`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  reviewseed targets --limit 100 --format table       the 100 products with the newest reviews
  reviewseed targets --weighted --format repeated     the last tenth, each product once per review
  reviewseed targets --rate 250 --duration 30s --format k6 --script -o targets.json
  reviewseed targets --from ~/csv --format urls --url 'http://api:3000/reviews?product_id={product_id}'")]
pub struct TargetsArgs {
    /// How much of the end of the data to use: a share of the products that have reviews, or a
    /// number of products
    #[arg(long, value_name = "P%|N", default_value = "10%")]
    pub last: Portion,
    /// Largest number of different ids
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: Option<u64>,
    /// Which ids to write; characteristics come with the ids of their products
    #[arg(long, value_name = "WHAT", default_value = "product_id", value_parser = one_of::<TargetKind>(TargetKind::ALL.map(TargetKind::name)))]
    pub of: TargetKind,
    /// Write a product once for each of its reviews that is not reported
    #[arg(long)]
    pub weighted: bool,
    /// Write the list in a random order instead of newest first
    #[arg(long)]
    pub shuffle: bool,
    /// Draw exactly N ids at random; no id repeats until all have been drawn. Use rate x duration
    /// for tools that need one id per request
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub count: Option<u64>,
    /// Requests per second of the test: draws rate x duration ids, like --count, and --script
    /// writes a test with this rate [default with --duration: 250]
    #[arg(long, value_name = "N", value_parser = parse_whole_rate, conflicts_with = "count")]
    pub rate: Option<u64>,
    /// How long the test sends requests, in whole seconds or minutes (30s, 2m) [default with
    /// --rate: 30s]
    #[arg(long, value_name = "TIME", value_parser = parse_seconds, conflicts_with = "count")]
    pub duration: Option<u64>,
    /// With --shuffle, --count or --rate: seed of the random order [default: 1]
    #[arg(long, value_name = "S")]
    pub seed: Option<u64>,
    /// Take the ids from the CSV files of a folder, without a database
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
    /// Format of the list [default: by the extension .csv, .json or .ndjson of -o, else ids]
    #[arg(long, value_name = "FORMAT", value_parser = one_of::<FormatKind>(FormatKind::ALL.map(FormatKind::name)), help_heading = "Output")]
    pub format: Option<FormatKind>,
    /// URL of the requests, for wrk, vegeta, urls and --script, with the placeholder {product_id}
    /// (or {review_id})
    #[arg(long, value_name = "TEMPLATE", help_heading = "Output")]
    pub url: Option<String>,
    /// Also write a complete test into the folder of the list: k6, artillery, jmeter, gatling,
    /// locust, loaderio
    #[arg(long, help_heading = "Output")]
    pub script: bool,
    /// Write the list to FILE, completely or not at all [default: stdout]
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// Print errors only
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,
}

impl TargetsArgs {
    /// What to select, and how to write it.
    pub fn options(&self) -> Options {
        let asked = self.rate.is_some() || self.duration.is_some();
        let load = Load {
            rate: self.rate.unwrap_or(Load::USUAL.rate),
            seconds: self.duration.unwrap_or(Load::USUAL.seconds),
        };
        Options {
            load,
            target: self.of,
            portion: self.last,
            limit: self.limit,
            weighted: self.weighted,
            shuffle: self.shuffle,
            count: self.count.or(asked.then(|| load.requests())),
            seed: self.seed,
            format: self.format,
            url: self.url.clone(),
            script: self.script,
            output: self.output.clone(),
        }
    }
}

/// A parser that accepts one of these names. The help lists the names.
fn one_of<T>(names: impl IntoIterator<Item = &'static str>) -> impl TypedValueParser<Value = T>
where
    T: FromStr<Err = String> + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(names).try_map(|name| name.parse())
}

/// Parses a duration: `30s`, `500ms`, `2m`.
pub(super) fn parse_duration(text: &str) -> Result<Duration, String> {
    duration(text, &["ms", "s", "m"])
}

/// Parses a duration of whole seconds.
fn parse_seconds(text: &str) -> Result<u64, String> {
    let duration = duration(text, &["s", "m"])?;
    match duration.subsec_nanos() {
        0 => Ok(duration.as_secs()),
        _ => Err(format!(
            "\"{text}\" is not a number of whole seconds, such as 30s"
        )),
    }
}

/// Parses a duration with a unit, which a number alone does not have. The units are those that an
/// error proposes.
fn duration(text: &str, units: &[&str]) -> Result<Duration, String> {
    let text = text.trim();
    let wrong = || format!("\"{text}\" is not a duration such as 30s, 500ms or 2m");
    let digits = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let number: f64 = text[..digits].parse().map_err(|_| wrong())?;
    let seconds = match text[digits..].trim() {
        "ms" => number / 1000.0,
        "s" => number,
        "m" => number * 60.0,
        "" => {
            let possible: Vec<_> = units.iter().map(|unit| format!("{text}{unit}")).collect();
            return Err(format!(
                "\"{text}\" has no unit; write {}",
                possible.join(" or ")
            ));
        }
        _ => return Err(wrong()),
    };
    match seconds > 0.0 && seconds <= 86_400.0 {
        true => Ok(Duration::from_secs_f64(seconds)),
        false => Err(format!(
            "\"{text}\" is not a duration from more than 0 to 1440m"
        )),
    }
}

/// Parses a number of whole seconds from 1 to 3600, whose unit may be left out.
pub(super) fn parse_net_timeout(text: &str) -> Result<u64, String> {
    let seconds = match text.trim().parse() {
        Ok(seconds) => Some(seconds),
        Err(_) => parse_seconds(text).ok(),
    };
    seconds
        .filter(|seconds| (1..=3600).contains(seconds))
        .ok_or_else(|| {
            format!("\"{text}\" is not a number of seconds from 1 to 3600, such as 30, 30s or 2m")
        })
}

/// Parses a share in percent.
pub(super) fn parse_percent(text: &str) -> Result<f64, String> {
    match text.trim().trim_end_matches('%').trim_end().parse::<f64>() {
        Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(percent),
        _ => Err(format!("\"{text}\" is not a share such as 1% or 0.5%")),
    }
}

pub(super) fn parse_rate(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(rate) if rate > 0.0 && rate <= 1_000_000.0 => Ok(rate),
        _ => Err(format!(
            "\"{text}\" is not a rate above 0 and up to 1000000 requests a second, such as 250"
        )),
    }
}

fn parse_whole_rate(text: &str) -> Result<u64, String> {
    match text.trim().parse::<u64>() {
        Ok(rate) if (1..=1_000_000).contains(&rate) => Ok(rate),
        _ => Err(format!(
            "\"{text}\" is not a whole number of requests a second from 1 to 1000000, such as 250"
        )),
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
        for wrong in ["", "s", "0s", "-1s", "5h", "1e9s", "1441m"] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
        assert_eq!(parse_seconds("2m"), Ok(120));
        assert_eq!(parse_whole_rate("250"), Ok(250));
        let error = parse_whole_rate("1.5").unwrap_err();
        assert!(error.contains("is not a whole number"), "{error}");
        assert!(parse_seconds("1.5s").is_err() && parse_seconds("500ms").is_err());
        assert!(parse_percent("101%").is_err() && parse_percent("x").is_err());
        assert!(
            parse_rate("0").is_err() && parse_rate("NaN").is_err() && parse_rate("inf").is_err()
        );
    }

    #[test]
    fn a_number_without_a_unit_is_an_error_that_proposes_units() {
        let error = parse_duration("5").unwrap_err();
        assert_eq!(error, "\"5\" has no unit; write 5ms or 5s or 5m");
        let error = parse_seconds("30").unwrap_err();
        assert_eq!(error, "\"30\" has no unit; write 30s or 30m");
        // the name of this option's value is its unit
        for (text, seconds) in [("30", 30), ("30s", 30), ("2m", 120), ("3600", 3600)] {
            assert_eq!(parse_net_timeout(text), Ok(seconds));
        }
        for wrong in ["", "0", "3601", "500ms", "61m", "1.5s", "x"] {
            let error = parse_net_timeout(wrong).unwrap_err();
            assert!(error.contains("from 1 to 3600"), "{error}");
        }
    }
}

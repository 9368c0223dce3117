//! The arguments about how files write values. They apply to all columns of a suitable type. An
//! argument has the name of the setting for a single table or column, with dashes.

use clap::Args;

use model::schema::ValueFormat;
use model::setting::SettingError;

/// How files write values, in all columns.
#[derive(Debug, Default, Args)]
#[command(
    next_help_heading = "Values of all columns (for one column: --set TABLE.COLUMN.KEY=VALUE)"
)]
pub struct ValuesArgs {
    /// A word that means NULL in all columns that are not texts, besides an empty field, \N and
    /// null; may be repeated. For a text column: --set TABLE.COLUMN.null=WORD
    #[arg(long, value_name = "WORD", allow_hyphen_values = true)]
    pub null: Vec<String>,
    /// Format of dates and times in the notation of strftime: %d/%m/%Y, %I:%M %p, %s; may be
    /// repeated. A value is rejected if no format matches, or if two formats read different dates
    /// from it
    #[arg(long, value_name = "FORMAT", value_parser = of("date_format"))]
    pub date_format: Vec<String>,
    /// Order of dates such as 03/04/2023: dmy, mdy or ymd. Dates with the year first, or with the
    /// month's name, need no order
    #[arg(long, value_name = "ORDER", value_parser = of("date_order"))]
    pub date_order: Option<String>,
    /// The first year of two digits that is in the 1900s: with 70, 70 is 1970 and 69 is 2069
    #[arg(long, value_name = "YEAR", value_parser = of("pivot"))]
    pub pivot: Option<String>,
    /// Decimal mark of numbers: a comma or a point
    #[arg(long, value_name = "C", value_parser = of("decimal"))]
    pub decimal: Option<String>,
    /// What separates groups of three digits: a comma, point, blank, apostrophe or underscore
    #[arg(long, value_name = "C", value_parser = of("thousands"))]
    pub thousands: Option<String>,
    /// Characters that are removed at both ends of a number: $€%
    #[arg(long, value_name = "CHARACTERS", value_parser = of("strip"))]
    pub strip: Option<String>,
    /// Read numbers in parentheses as negative
    #[arg(long)]
    pub parentheses: bool,
    /// Round numbers to the digits that a DECIMAL column keeps, half away from zero; a warning
    /// states how many were rounded
    #[arg(long)]
    pub round: bool,
    /// A word that means true in BOOLEAN, TINYINT(1) and BIT(1) columns; may be repeated
    #[arg(long, value_name = "WORD", value_parser = of("true_values"), allow_hyphen_values = true)]
    pub true_values: Vec<String>,
    /// A word that means false in BOOLEAN, TINYINT(1) and BIT(1) columns; may be repeated
    #[arg(long, value_name = "WORD", value_parser = of("false_values"), allow_hyphen_values = true)]
    pub false_values: Vec<String>,
    /// TINYINT(1) columns take whole numbers from -128 to 127, besides the words for true and false
    #[arg(long)]
    pub small_integers: bool,
    /// Store texts in lower or upper case
    #[arg(long, value_name = "CASE", value_parser = of("case"))]
    pub case: Option<String>,
}

/// Checks a value of the setting of that name.
fn of(key: &'static str) -> impl Fn(&str) -> Result<String, String> + Clone + Send + Sync {
    move |text| {
        let value = [text.to_owned()];
        match ValueFormat::default().set(key, &value) {
            Ok(()) => Ok(text.to_owned()),
            Err(SettingError::Wrong(why)) => Err(why),
            Err(SettingError::Unknown) => Err(format!("{key} is not a setting")),
        }
    }
}

impl ValuesArgs {
    /// Forgets all settings.
    pub fn forget(&mut self) {
        *self = ValuesArgs::default();
    }

    /// The format of all columns.
    ///
    /// # Errors
    ///
    /// When a setting does not accept its values together. Each single value was checked when it
    /// was parsed.
    pub fn format(&self) -> Result<ValueFormat, String> {
        let several = |values: &[String]| values.to_vec();
        let one = |value: &Option<String>| value.iter().cloned().collect();
        let switch = |is_on: bool| match is_on {
            true => vec!["true".to_owned()],
            false => Vec::new(),
        };
        let mut format = ValueFormat::default();
        for (key, values) in [
            ("null", several(&self.null)),
            ("date_format", several(&self.date_format)),
            ("date_order", one(&self.date_order)),
            ("pivot", one(&self.pivot)),
            ("decimal", one(&self.decimal)),
            ("thousands", one(&self.thousands)),
            ("strip", one(&self.strip)),
            ("parentheses", switch(self.parentheses)),
            ("round", switch(self.round)),
            ("true_values", several(&self.true_values)),
            ("false_values", several(&self.false_values)),
            ("small_integers", switch(self.small_integers)),
            ("case", one(&self.case)),
        ] {
            format.set(key, &values).map_err(|error| match error {
                SettingError::Wrong(why) => format!("{key}: {why}"),
                SettingError::Unknown => format!("{key} is not a setting"),
            })?;
        }
        Ok(format)
    }
}

#[cfg(test)]
mod tests {
    use clap::{Command, FromArgMatches};

    use super::*;

    fn parsed(arguments: &[&str]) -> Result<ValueFormat, String> {
        let command = ValuesArgs::augment_args(Command::new("r"));
        let words = [&["r"], arguments].concat();
        let matches = command.try_get_matches_from(words);
        let matches = matches.map_err(|error| error.to_string())?;
        ValuesArgs::from_arg_matches(&matches).unwrap().format()
    }

    #[test]
    fn every_setting_of_values_for_several_columns_is_an_option() {
        let command = ValuesArgs::augment_args(Command::new("r"));
        let options: Vec<String> = command
            .get_arguments()
            .filter_map(|argument| Some(argument.get_long()?.replace('-', "_")))
            .collect();
        let single = ["scale", "trim", "keep_null"];
        let keys = ValueFormat::KEYS.iter();
        let keys = keys.filter(|key| !single.contains(*key));
        assert!(keys.eq(options.iter()), "{options:?}");
    }

    #[test]
    fn options_give_the_settings_of_their_names() {
        let format = parsed(&[
            "--null",
            "NA",
            "--null",
            "-",
            "--date-format",
            "%d.%m.%Y",
            "--date-format",
            "%F",
            "--date-order",
            "dmy",
            "--pivot",
            "70",
            "--decimal",
            ",",
            "--thousands",
            ".",
            "--strip",
            "$",
            "--parentheses",
            "--round",
            "--true-values",
            "ja",
            "--false-values",
            "-1",
            "--small-integers",
            "--case",
            "lower",
        ]);
        let mut expected = ValueFormat::default();
        for (key, value) in [
            ("null", "NA|-"),
            ("date_format", "%d.%m.%Y|%F"),
            ("date_order", "dmy"),
            ("pivot", "70"),
            ("decimal", ","),
            ("thousands", "."),
            ("strip", "$"),
            ("parentheses", "true"),
            ("round", "true"),
            ("true_values", "ja"),
            ("false_values", "-1"),
            ("small_integers", "true"),
            ("case", "lower"),
        ] {
            let values: Vec<String> = value.split('|').map(str::to_owned).collect();
            expected.set(key, &values).unwrap();
        }
        assert_eq!(format, Ok(expected));
        assert_eq!(parsed(&[]), Ok(ValueFormat::default()));
        let error = parsed(&["--date-format", "%d %i"]).unwrap_err();
        assert!(error.contains("%i is not known"), "{error}");
    }
}

//! Finds columns in which some dates have the day first and others have the month first. No order
//! of `date_order` is that of all dates. But if all dates of the same form are in the same order, a
//! list of formats in `date_format` fits all dates.

use model::schema::{DateOrder, ValueFormat};

use super::dates::PIVOT;
use super::forms::form;
use super::trial::Trial;
use super::{Cause, CauseKind, ColumnSetting, Counted, Search};

/// If one order is this many times more frequent than the other, the column is not mixed.
const CLEAR: u64 = 9;

const WORDS: &str = "dates with the day first and dates with the month first, in one column";

/// The dates of a column in which both orders occur.
pub(super) struct Mixed {
    pub(super) words: String,
    /// The positions of the dates that match `formats`. Without formats, the positions of all
    /// dates.
    pub(super) values: Vec<usize>,
    /// The formats that the dates match. Empty if dates of one form are in both orders.
    pub(super) formats: Vec<String>,
}

/// Finds the dates of a column. `None` if only one order occurs, or if one of the two is rare.
pub(super) fn mixed(trial: &mut Trial<'_>, values: &[Counted<'_>]) -> Option<Mixed> {
    let kind = &trial.column().kind;
    if !ValueFormat::uses("date_order", kind) || values.len() < 2 {
        return None;
    }
    let day_first = in_order(DateOrder::DayFirst);
    let month_first = in_order(DateOrder::MonthFirst);
    let (mut dates, mut days, mut months) = (Vec::new(), 0, 0);
    // sorted by the first value of each form
    let mut forms: Vec<Form> = Vec::new();
    for (at, (value, records)) in values.iter().enumerate() {
        let by_day = trial.read(&day_first, value).is_some();
        let by_month = trial.read(&month_first, value).is_some();
        match (by_day, by_month) {
            (true, false) => days += records,
            (false, true) => months += records,
            (true, true) => {}
            (false, false) => continue,
        }
        dates.push(at);
        Form::of(&mut forms, value).add(at, by_day, by_month);
    }
    if days == 0 || months == 0 || days.max(months) >= CLEAR * days.min(months) {
        return None;
    }
    let clear: Vec<&Form> = forms.iter().filter(|form| !form.is_open()).collect();
    let formats: Option<Vec<String>> = clear.iter().map(|form| form.format()).collect();
    Some(match formats {
        Some(formats) => Mixed {
            words: format!("{WORDS}, in different forms"),
            values: clear.iter().flat_map(|form| form.values.clone()).collect(),
            formats,
        },
        None => Mixed {
            words: WORDS.to_owned(),
            values: dates,
            formats: Vec::new(),
        },
    })
}

impl Search<'_> {
    /// The cause of rejected dates if both orders occur.
    pub(super) fn explain_mixed(&mut self, mixed: Mixed) -> Cause {
        let explained: Vec<usize> = mixed.values.iter().map(|at| self.open[*at]).collect();
        let settings = self.formats_of_all(mixed.formats, &explained);
        if let Some(format) = settings.as_deref().and_then(|settings| self.with(settings)) {
            self.format = format;
        }
        let settings = settings.into_iter().collect();
        self.explain(CauseKind::DateOrder, mixed.words, explained, settings)
    }

    /// The settings for these formats, with the formats of values that are accepted without a
    /// setting. `None` if these settings would not read all values at these positions, or would
    /// change accepted values.
    fn formats_of_all(&self, formats: Vec<String>, values: &[usize]) -> Option<Vec<ColumnSetting>> {
        let mut trial = Trial::new(self.trial.column());
        let mut settings = vec![ColumnSetting {
            key: "date_format",
            values: formats,
        }];
        if settings[0]
            .values
            .iter()
            .any(|format| format.contains("%y"))
        {
            settings.push(ColumnSetting::new("pivot", PIVOT));
        }
        for value in &self.accepted {
            let before = trial.read(&self.format, value);
            if trial.read(&self.with(&settings)?, value).is_none() {
                settings[0].values.push(form(value, DateOrder::YearFirst)?);
            }
            if trial.read(&self.with(&settings)?, value) != before {
                return None;
            }
        }
        let format = self.with(&settings)?;
        let mut read = values
            .iter()
            .map(|at| trial.read(&format, self.values[*at].0));
        read.all(|read| read.is_some()).then_some(settings)
    }
}

/// The setting for dates in this order. It also reads years of two digits.
fn in_order(order: DateOrder) -> ValueFormat {
    let mut format = ValueFormat::default();
    format.dates.order = Some(order);
    format.dates.pivot = Some(70);
    format
}

/// A form of dates, with the values that have it.
struct Form {
    /// The format of the form if the day is first. Empty if there is none.
    day_first: String,
    /// The format of the form if the month is first. Empty if there is none.
    month_first: String,
    values: Vec<usize>,
    /// Whether all values can be read with the day first.
    by_day: bool,
    /// Whether all values can be read with the month first.
    by_month: bool,
}

impl Form {
    /// The form of a value. Adds it to `forms` if it is new.
    fn of<'f>(forms: &'f mut Vec<Form>, value: &str) -> &'f mut Form {
        let in_order = |order| form(value, order).unwrap_or_default();
        let day_first = in_order(DateOrder::DayFirst);
        let known = forms.iter().position(|form| form.day_first == day_first);
        let at = known.unwrap_or_else(|| {
            forms.push(Form {
                day_first,
                month_first: in_order(DateOrder::MonthFirst),
                values: Vec::new(),
                by_day: true,
                by_month: true,
            });
            forms.len() - 1
        });
        &mut forms[at]
    }

    fn add(&mut self, at: usize, by_day: bool, by_month: bool) {
        self.values.push(at);
        self.by_day &= by_day;
        self.by_month &= by_month;
    }

    /// Whether all values of this form can be read with the day first and with the month first.
    fn is_open(&self) -> bool {
        self.by_day && self.by_month && self.day_first != self.month_first
    }

    /// The format that all values of the form match. `None` if there is none.
    fn format(&self) -> Option<String> {
        let format = match (self.by_day, self.by_month) {
            (true, _) => &self.day_first,
            (false, true) => &self.month_first,
            (false, false) => return None,
        };
        (!format.is_empty()).then(|| format.clone())
    }
}

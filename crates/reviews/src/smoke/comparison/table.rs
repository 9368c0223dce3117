//! A table with a row for each tier, for a terminal of 80 columns.

use super::super::wrapping::{COLUMNS, wrapped};

/// The width of the column of names at least: that of its head.
const SHORTEST: usize = 4;

/// A table with a row for each tier.
pub(super) struct Table<'a> {
    head: Vec<String>,
    pub(super) rows: Vec<Row<'a>>,
}

/// A row: the tier, its numbers (none if there are none), and what follows on lines of its own.
pub(super) struct Row<'a> {
    pub(super) name: &'a str,
    pub(super) cells: Vec<String>,
    pub(super) notes: String,
}

impl<'a> Table<'a> {
    pub(super) fn new(head: &[&str]) -> Table<'a> {
        Table {
            head: head.iter().map(|&name| name.to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    /// The table as text. Columns move closer together, and then names get a line of their own, if
    /// there is no room for both.
    pub(super) fn render(&self) -> String {
        let width = |text: &str| text.chars().count();
        let all = || std::iter::once(&self.head).chain(self.rows.iter().map(|row| &row.cells));
        let widths = (0..self.head.len()).map(|column| {
            let cells = all().filter_map(|cells| cells.get(column));
            cells.map(|cell| width(cell)).max().unwrap_or(0)
        });
        let widths: Vec<usize> = widths.collect();
        let longest = self.rows.iter().map(|row| width(row.name)).max();
        let longest = longest.unwrap_or(0).max(SHORTEST);
        let fits = |room: usize, gap: usize| {
            room + widths.iter().map(|width| width + gap).sum::<usize>() <= COLUMNS
        };
        let layouts = [(longest, 2), (longest, 1), (SHORTEST, 2)];
        let chosen = layouts.into_iter().find(|(room, gap)| fits(*room, *gap));
        let (room, gap) = chosen.unwrap_or((SHORTEST, 1));
        let line = |name: &str, cells: &[String]| {
            let cells = cells.iter().zip(&widths);
            let cells = cells.map(|(cell, &width)| format!("{cell:>width$}", width = width + gap));
            let line = format!("{name:<room$}{}", cells.collect::<String>());
            format!("{}\n", line.trim_end())
        };
        let mut text = line("tier", &self.head);
        for row in &self.rows {
            if width(row.name) > room && !row.cells.is_empty() {
                text.push_str(&format!("{}\n", row.name));
                text.push_str(&line("", &row.cells));
            } else {
                text.push_str(&line(row.name, &row.cells));
            }
            text.push_str(&wrapped("    ", &row.notes));
        }
        text
    }
}

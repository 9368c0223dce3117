//! Charts as inline SVG, drawn by plotters.
//!
//! The colours are those of the page's light theme. For the dark theme, the style sheet replaces
//! them. A chart is therefore correct without the style sheet too. Charts have no size of their
//! own: the page gives them their width.

use maud::{Markup, PreEscaped, html};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::profile::Bars;

const INK: RGBColor = RGBColor(0x1b, 0x1f, 0x24);
const MUTED: RGBColor = RGBColor(0x5b, 0x65, 0x70);
const GRID: RGBColor = RGBColor(0xd9, 0xde, 0xe3);
/// The colours of the tables, used in turn.
const SERIES: [RGBColor; 6] = [
    RGBColor(0x2f, 0x6f, 0xb0),
    RGBColor(0xc0, 0x62, 0x1f),
    RGBColor(0x2e, 0x7d, 0x4f),
    RGBColor(0x7a, 0x4f, 0xa3),
    RGBColor(0xa8, 0x32, 0x4a),
    RGBColor(0x6b, 0x6f, 0x1f),
];

/// Width of a character of the labels, in units of the chart. It is a generous estimate, because
/// fonts differ.
const CHARACTER: f64 = 6.4;
/// Size of the labels as plotters expects it: plotters divides it by 1.24.
const LABEL: f64 = 11.0 * 1.24;

/// The result of drawing. The page shows the message of an error in place of the chart.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// A row of a chart of phases: its label, the number of its colour, and its start and end in
/// seconds.
pub(super) struct Stretch {
    pub(super) label: String,
    pub(super) colour: usize,
    pub(super) from: f64,
    pub(super) to: f64,
}

/// The colour of a table.
fn colour(at: usize) -> RGBColor {
    SERIES[at % SERIES.len()]
}

/// The CSS class of the colour of a table.
pub(super) fn colour_class(at: usize) -> String {
    format!("s{}", at % SERIES.len() + 1)
}

/// A bar chart. Each bar has its label, and its count if there is room.
pub(super) fn bars(what: &str, bars: &Bars) -> Markup {
    let (width, height) = (340, 170);
    drawn(what, (width, height), |area| {
        let (left, top, bottom) = (4.0, 20.0, f64::from(height) - 20.0);
        let count = bars.counts.len() as f64;
        let slot = (f64::from(width) - 2.0 * left) / count;
        let gap = (slot * 0.2).min(10.0);
        // without this limit, a few bars would be too wide
        let thick = (slot - gap).min(56.0);
        let highest = bars.counts.iter().copied().max().unwrap_or(1).max(1) as f64;
        let longest = bars.labels.iter().map(|l| l.chars().count()).max();
        let every = step(longest.unwrap_or(1) as f64 * CHARACTER + 6.0, slot);
        let rows: u64 = bars.counts.iter().sum();
        let mut free_from = 0.0;
        area.draw(&line(
            left,
            bottom,
            f64::from(width) - left,
            bottom,
            GRID.stroke_width(1),
        ))?;
        for (at, (label, count)) in bars.labels.iter().zip(&bars.counts).enumerate() {
            let middle = left + slot * (at as f64 + 0.5);
            let mut tall = (bottom - top) * *count as f64 / highest;
            if *count > 0 {
                tall = tall.max(1.5);
            }
            area.draw(&rectangle(
                middle - thick / 2.0,
                bottom - tall,
                middle + thick / 2.0,
                bottom,
                SERIES[0],
            ))?;
            let share = percent(*count, rows);
            if *count > 0 && share.len() as f64 * CHARACTER + 4.0 <= slot {
                let place = (middle, bottom - tall - 4.0);
                area.draw(&text(share, place, HPos::Center, VPos::Bottom, MUTED))?;
            }
            if at % every == 0 {
                // a label at the edge would be cut off, and a shifted label might overlap the next
                // one
                let half = label.chars().count() as f64 * CHARACTER / 2.0;
                let right = f64::from(width) - half - 1.0;
                let middle = middle.max(half + 1.0).min(right.max(half));
                if middle - half < free_from {
                    continue;
                }
                free_from = middle + half + 3.0;
                let place = (middle, bottom + 4.0);
                area.draw(&text(label.clone(), place, HPos::Center, VPos::Top, INK))?;
            }
        }
        Ok(())
    })
}

/// A chart of rows per second over time, with the tables stacked.
pub(super) fn throughput(what: &str, width: u32, seconds: f64, rates: &[Vec<f64>]) -> Markup {
    let height = 240;
    drawn(what, (width, height), |area| {
        let (left, right, top) = (58.0, f64::from(width) - 12.0, 12.0);
        let bottom = f64::from(height) - 34.0;
        let slices = rates.iter().map(Vec::len).max().unwrap_or(0);
        let total = |at: usize| rates.iter().map(|table| table[at]).sum::<f64>();
        let highest = (0..slices).map(total).fold(1.0, f64::max);
        let end = (seconds * slices as f64).max(f64::MIN_POSITIVE);
        let x = |slice: usize| left + (right - left) * slice as f64 / slices.max(1) as f64;
        let y = |rate: f64| bottom - (bottom - top) * rate / highest;
        for rate in ticks(highest, 4) {
            area.draw(&line(left, y(rate), right, y(rate), GRID.stroke_width(1)))?;
            let place = (left - 6.0, y(rate));
            area.draw(&text(short(rate), place, HPos::Right, VPos::Center, MUTED))?;
        }
        let mut below = vec![0.0; slices];
        for (table, rates) in rates.iter().enumerate() {
            let mut above = Vec::new();
            let mut under = Vec::new();
            for (at, rate) in rates.iter().enumerate() {
                let base = below[at];
                below[at] += rate;
                for edge in [x(at), x(at + 1)] {
                    above.push(point(edge, y(below[at])));
                    under.push(point(edge, y(base)));
                }
            }
            under.reverse();
            above.extend(under);
            area.draw(&Polygon::new(above, colour(table).filled()))?;
        }
        for at in ticks(end, if width > 500 { 8 } else { 4 }) {
            let place = (left + (right - left) * at / end, bottom + 6.0);
            area.draw(&text(clock(at), place, HPos::Center, VPos::Top, MUTED))?;
        }
        Ok(())
    })
}

/// A chart of the time that each phase and table took.
pub(super) fn stretches(what: &str, width: u32, stretches: &[Stretch]) -> Markup {
    let row = 22.0;
    let height = (stretches.len() as f64 * row) as u32 + 34;
    let longest = stretches.iter().map(|s| s.label.chars().count()).max();
    drawn(what, (width, height), |area| {
        let left = (longest.unwrap_or(0) as f64 * CHARACTER + 12.0).min(f64::from(width) / 2.0);
        let right = f64::from(width) - 52.0;
        let bottom = f64::from(height) - 28.0;
        let end = stretches.iter().map(|s| s.to).fold(0.001, f64::max);
        let x = |seconds: f64| left + (right - left) * seconds / end;
        for at in ticks(end, if width > 500 { 8 } else { 3 }) {
            area.draw(&line(x(at), 4.0, x(at), bottom, GRID.stroke_width(1)))?;
            let place = (x(at), bottom + 6.0);
            area.draw(&text(clock(at), place, HPos::Center, VPos::Top, MUTED))?;
        }
        for (at, stretch) in stretches.iter().enumerate() {
            let middle = 4.0 + row * (at as f64 + 0.5);
            let place = (left - 8.0, middle);
            let label = text(stretch.label.clone(), place, HPos::Right, VPos::Center, INK);
            area.draw(&label)?;
            let (from, to) = (x(stretch.from), x(stretch.to).max(x(stretch.from) + 2.0));
            let colour = colour(stretch.colour);
            area.draw(&rectangle(from, middle - 7.0, to, middle + 7.0, colour))?;
            let took = format!("{:.1} s", stretch.to - stretch.from);
            let place = (to + 5.0, middle);
            area.draw(&text(took, place, HPos::Left, VPos::Center, MUTED))?;
        }
        Ok(())
    })
}

/// Draws a chart, and removes its XML namespace and its size, which a page does not need.
fn drawn(what: &str, size: (u32, u32), draw: impl FnOnce(&Area<'_>) -> Result<()>) -> Markup {
    let mut svg = String::new();
    let drawing = {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        draw(&area).and_then(|()| Ok(area.present()?))
    };
    let inside = match (drawing, svg.find('>')) {
        // the content between the opening and the closing tag
        (Ok(()), Some(end)) => svg[end + 1..].replace(" opacity=\"1\"", ""),
        (Err(error), _) => return html! { p { "no picture: " (error) } },
        (Ok(()), None) => return html! { p { "no picture" } },
    };
    let inside = inside.replace('\n', "");
    html! {
        (PreEscaped(format!("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"", size.0, size.1)))
        (what)
        (PreEscaped("\">"))
        (PreEscaped(inside))
    }
}

fn point(x: f64, y: f64) -> (i32, i32) {
    (x.round() as i32, y.round() as i32)
}

fn line(x: f64, y: f64, to_x: f64, to_y: f64, style: ShapeStyle) -> PathElement<(i32, i32)> {
    PathElement::new(vec![point(x, y), point(to_x, to_y)], style)
}

fn rectangle(x: f64, y: f64, to_x: f64, to_y: f64, colour: RGBColor) -> Rectangle<(i32, i32)> {
    Rectangle::new([point(x, y), point(to_x, to_y)], colour.filled())
}

fn text<'a>(
    words: String,
    (x, y): (f64, f64),
    horizontal: HPos,
    vertical: VPos,
    colour: RGBColor,
) -> Text<'a, (i32, i32), String> {
    let style = TextStyle {
        color: colour.to_backend_color(),
        ..TextStyle::from(("sans-serif", LABEL).into_font())
    };
    let style = style.pos(Pos::new(horizontal, vertical));
    Text::new(words, point(x, y), style)
}

/// The step between labels that leaves room for each: 1 shows all labels, 2 every second one.
fn step(wide: f64, slot: f64) -> usize {
    (wide / slot).ceil().max(1.0) as usize
}

/// About `many` round numbers from 0 to `end`.
fn ticks(end: f64, many: usize) -> Vec<f64> {
    let rough = end / many as f64;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= rough)
        .unwrap_or(10.0 * power);
    (0..)
        .map(|at| f64::from(at) * step)
        .take_while(|at| *at <= end * 1.0001)
        .collect()
}

/// A number with a unit: `84k`, `1.2M`.
fn short(number: f64) -> String {
    let (number, unit) = match number {
        n if n >= 1e9 => (n / 1e9, "G"),
        n if n >= 1e6 => (n / 1e6, "M"),
        n if n >= 1e3 => (n / 1e3, "k"),
        n => (n, ""),
    };
    let digits = format!("{number:.1}");
    format!("{}{unit}", digits.strip_suffix(".0").unwrap_or(&digits))
}

/// A duration: `8 s`, `0.5 s`, `1:30`.
fn clock(seconds: f64) -> String {
    if seconds >= 120.0 {
        let whole = seconds.round() as u64;
        return format!("{}:{:02}", whole / 60, whole % 60);
    }
    let digits = format!("{seconds:.2}");
    let digits = digits.trim_end_matches('0').trim_end_matches('.');
    format!("{digits} s")
}

/// A percentage: `12 %`, `0.4 %`, as in the summary. A part above zero is never shown as 0.
pub(super) fn percent(part: u64, whole: u64) -> String {
    let share = part as f64 * 100.0 / whole.max(1) as f64;
    match share {
        _ if part == 0 => "0".to_string(),
        share if share < 0.1 => "<0.1 %".to_string(),
        share if share < 10.0 => format!("{share:.1} %"),
        share => format!("{share:.0} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped_and_nothing_leads_out_of_the_page() {
        let mut hostile = Bars::default();
        hostile.push("<script>alert(1)</script>", 3);
        let svg = bars("\"><script>", &hostile).into_string();
        assert!(!svg.contains("<script"), "{svg}");
        assert!(!svg.contains("http"), "{svg}");
        assert!(svg.contains("&lt;script&gt;"), "{svg}");
    }

    #[test]
    fn ticks_are_round_numbers() {
        assert_eq!(ticks(9.0, 4), [0.0, 5.0]);
        assert_eq!(ticks(100.0, 4), [0.0, 50.0, 100.0]);
        assert_eq!(short(84_000.0), "84k");
        assert_eq!(short(1_234_567.0), "1.2M");
        assert_eq!(clock(0.5), "0.5 s");
        assert_eq!(clock(150.0), "2:30");
        assert_eq!(percent(1, 100_000), "<0.1 %");
    }
}

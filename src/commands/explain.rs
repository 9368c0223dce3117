//! `explain RULE`: says what a rule means, and how to correct a record that violates it.

use anyhow::{Result, bail};

use super::Exit;
use crate::cli::ExplainArgs;
use crate::print::print_data;
use model::rejection::Rule;

/// The least similarity (Jaro-Winkler, 0 to 1) of a misspelt name and a suggested one.
const ALIKE: f64 = 0.7;
/// Largest number of names that are suggested.
const SUGGESTED: usize = 3;

pub(super) fn run(args: &ExplainArgs) -> Result<Exit> {
    let text = match &args.rule {
        None => list(),
        Some(name) => {
            let meant = name.trim().to_lowercase().replace([' ', '-'], "_");
            match Rule::from_name(&meant) {
                Some(rule) => explained(rule),
                None => bail!("{}", unknown(name, &meant)),
            }
        }
    };
    print_data(&text)?;
    Ok(Exit::Done)
}

fn unknown(name: &str, meant: &str) -> String {
    let mut alike: Vec<(f64, &str)> = Rule::ALL
        .iter()
        .map(|rule| (strsim::jaro_winkler(meant, rule.name()), rule.name()))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .collect();
    alike.sort_by(|a, b| b.0.total_cmp(&a.0));
    let names: Vec<_> = alike
        .iter()
        .take(SUGGESTED)
        .map(|(_, name)| *name)
        .collect();
    let hint = match names.is_empty() {
        true => "`reviewseed explain` lists the rules".to_owned(),
        false => format!(
            "did you mean {}? `reviewseed explain` lists all rules",
            names.join(" or ")
        ),
    };
    format!("there is no rule \"{name}\"; {hint}")
}

/// All rules with their meanings, in the order in which they are applied.
fn list() -> String {
    let width = Rule::ALL.iter().map(|rule| rule.name().len()).max();
    let width = width.unwrap_or(0);
    let line = |rule: &Rule| format!("{:<width$}  {}\n", rule.name(), rule.meaning());
    let rules: String = Rule::ALL.iter().map(line).collect();
    format!(
        "{rules}\nThe first rule that a record violates counts. `reviewseed explain RULE` says what to do.\n"
    )
}

fn explained(rule: Rule) -> String {
    let name = rule.name();
    let place = Rule::ALL.iter().position(|other| *other == rule);
    let files = match rule.is_structural() {
        true => "TABLE.broken",
        false => "TABLE.csv",
    };
    format!(
        "{name}: {}\n\n\
         what to do  {}\n\
         where       the records are in rejects/{files}, the reasons in rejects/TABLE.reasons.csv;\n\
         \x20           to list them: grep -w {name} rejects/*.reasons.csv\n\
         order       rule {} of {}; the first rule that a record violates counts\n",
        rule.meaning(),
        plain(rule.remedy()),
        place.unwrap_or(0) + 1,
        Rule::ALL.len()
    )
}

/// Markdown as plain text. A link becomes its text and the name of its page.
fn plain(markdown: &str) -> String {
    let mut text = String::new();
    let mut rest = markdown;
    while let Some((before, after)) = rest.split_once('[') {
        text.push_str(before);
        let link = after.split_once("](").and_then(|(label, after)| {
            let (target, after) = after.split_once(')')?;
            Some((label, target, after))
        });
        let Some((label, target, after)) = link else {
            text.push('[');
            rest = after;
            continue;
        };
        text.push_str(label);
        let page = match target.split('#').next() {
            Some("") | None => "rules.md",
            Some(page) => page,
        };
        text.push_str(&format!(" (docs/{page})"));
        rest = after;
    }
    text.push_str(rest);
    text.replace("see JSON (docs/", "see (docs/")
        .replace("the section below", "docs/rules.md")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_explained_without_markup() {
        for rule in Rule::ALL {
            let text = explained(rule);
            assert!(!text.contains("](") && !text.contains("below"), "{text}");
            assert!(
                text.contains(rule.meaning()) && text.starts_with(rule.name()),
                "{text}"
            );
        }
        assert_eq!(
            plain("numbers in brackets: `[1, 0.5]`"),
            "numbers in brackets: `[1, 0.5]`"
        );
        assert_eq!(
            plain("set [numbers](#settings)"),
            "set numbers (docs/rules.md)"
        );
    }

    #[test]
    fn near_names_are_suggested() {
        let words = unknown("missing_parnt", "missing_parnt");
        assert!(words.contains("did you mean missing_parent"), "{words}");
        let words = unknown("zzz", "zzz");
        assert!(words.ends_with("lists the rules"), "{words}");
    }
}

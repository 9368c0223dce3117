//! Finds an order in which rows that depend on each other can be written.

use std::collections::HashMap;

use super::edges::Node;

/// Rows that may be written after the rows of all earlier levels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Level {
    /// Rows that may be written one by one.
    pub(super) alone: Vec<Node>,
    /// Rows that depend on each other, each group to be written in one transaction.
    pub(super) cycles: Vec<Vec<Node>>,
}

/// For each row, the rows that must be written after it.
pub(super) type Followers = HashMap<Node, Vec<Node>>;

pub(super) fn followers(before: &[(Node, Node)]) -> Followers {
    let mut followers = Followers::new();
    for (first, second) in before {
        followers.entry(*first).or_default().push(*second);
    }
    followers
}

/// Sorts rows into levels. Sorting takes a time that is proportional to the number of rows and
/// dependencies.
pub(super) fn levels(rows: &[Node], followers: &Followers) -> Vec<Level> {
    let groups = groups(rows, followers);
    let mut group_of = HashMap::new();
    for (number, group) in groups.iter().enumerate() {
        group_of.extend(group.iter().map(|row| (*row, number)));
    }
    let mut level_of = vec![0; groups.len()];
    let mut levels: Vec<Level> = Vec::new();
    // in reverse, because `groups` returns a group before the groups that it follows
    for (number, group) in groups.iter().enumerate().rev() {
        let level = level_of[number];
        let mut is_cycle = group.len() > 1;
        for row in group {
            for follower in followers.get(row).into_iter().flatten() {
                is_cycle |= follower == row;
                match group_of.get(follower) {
                    Some(of) if *of != number => level_of[*of] = level_of[*of].max(level + 1),
                    _ => {}
                }
            }
        }
        if levels.len() <= level {
            levels.resize(level + 1, Level::default());
        }
        match is_cycle {
            true => levels[level].cycles.push(group.clone()),
            false => levels[level].alone.extend(group),
        }
    }
    levels
}

/// What the search for groups knows about a row.
struct Found {
    /// The position of the row in the order in which rows were found.
    at: usize,
    /// The position of the earliest row on the path that can be reached from this row.
    low: usize,
    is_open: bool,
}

/// Tarjan's algorithm, without recursion: the groups of rows that depend on each other, each after
/// the groups that follow it.
fn groups(rows: &[Node], followers: &Followers) -> Vec<Vec<Node>> {
    let mut found: HashMap<Node, Found> = rows.iter().map(|row| (*row, unseen())).collect();
    let (mut groups, mut open, mut next) = (Vec::new(), Vec::new(), 0);
    let of = |row: &Node| followers.get(row).map_or(&[][..], Vec::as_slice);
    for root in rows {
        if found[root].at != usize::MAX {
            continue;
        }
        // the path from the root, with the number of followers that were looked at
        let mut path = vec![(*root, 0)];
        while let Some((row, seen)) = path.last().copied() {
            if seen == 0 && found[&row].at == usize::MAX {
                found.insert(
                    row,
                    Found {
                        at: next,
                        low: next,
                        is_open: true,
                    },
                );
                open.push(row);
                next += 1;
            }
            if let Some(follower) = of(&row).get(seen) {
                if let Some(last) = path.last_mut() {
                    last.1 += 1;
                }
                match found.get(follower).map(|of| (of.at, of.is_open)) {
                    Some((usize::MAX, _)) => path.push((*follower, 0)),
                    Some((at, true)) => lower(&mut found, row, at),
                    _ => {}
                }
                continue;
            }
            path.pop();
            let (at, low) = (found[&row].at, found[&row].low);
            if let Some((parent, _)) = path.last() {
                lower(&mut found, *parent, low);
            }
            if at == low {
                let begin = open.iter().rposition(|of| *of == row).unwrap_or(0);
                let group = open.split_off(begin);
                for row in &group {
                    if let Some(found) = found.get_mut(row) {
                        found.is_open = false;
                    }
                }
                groups.push(group);
            }
        }
    }
    groups
}

fn unseen() -> Found {
    Found {
        at: usize::MAX,
        low: usize::MAX,
        is_open: false,
    }
}

fn lower(found: &mut HashMap<Node, Found>, row: Node, low: usize) {
    if let Some(of) = found.get_mut(&row) {
        of.low = of.low.min(low);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn node(number: u64) -> Node {
        Node { table: 0, number }
    }

    #[test]
    fn a_long_chain_has_a_level_for_each_row() {
        let rows: Vec<Node> = (0..100_000).map(node).collect();
        let pairs: Vec<(Node, Node)> = rows.windows(2).map(|two| (two[1], two[0])).collect();
        let levels = levels(&rows, &followers(&pairs));
        assert_eq!(levels.len(), rows.len());
        assert_eq!(levels[0].alone, [node(99_999)]);
    }

    #[test]
    fn a_row_that_refers_to_itself_is_a_cycle() {
        let levels = levels(&[node(1), node(2)], &followers(&[(node(1), node(1))]));
        assert_eq!(levels[0].cycles, [[node(1)]]);
        assert_eq!(levels[0].alone, [node(2)]);
    }

    proptest! {
        #[test]
        fn each_row_comes_once_and_after_its_predecessors_or_with_them(
            pairs in prop::collection::vec((0u64..12, 0u64..12), 0..30)
        ) {
            let rows: Vec<Node> = (0..12).map(node).collect();
            let pairs: Vec<_> = pairs.into_iter().map(|(a, b)| (node(a), node(b))).collect();
            let levels = levels(&rows, &followers(&pairs));
            // the level and the group of each row
            let mut place = HashMap::new();
            for (number, level) in levels.iter().enumerate() {
                for row in &level.alone {
                    prop_assert!(place.insert(*row, (number, None)).is_none());
                }
                for (group, rows) in level.cycles.iter().enumerate() {
                    for row in rows {
                        prop_assert!(place.insert(*row, (number, Some(group))).is_none());
                    }
                }
            }
            prop_assert_eq!(place.len(), rows.len());
            for (first, second) in &pairs {
                let (a, b) = (place[first], place[second]);
                prop_assert!(a.0 < b.0 || a == b && a.1.is_some(), "{a:?} {b:?}");
            }
            // only rows that can be reached from each other are a group
            let reaches = |from: Node, to: Node| {
                let (mut seen, mut open) = (vec![from], vec![from]);
                while let Some(row) = open.pop() {
                    for (_, next) in pairs.iter().filter(|(first, _)| *first == row) {
                        if *next == to {
                            return true;
                        }
                        if !seen.contains(next) {
                            seen.push(*next);
                            open.push(*next);
                        }
                    }
                }
                false
            };
            for group in levels.iter().flat_map(|level| &level.cycles) {
                for (a, b) in group.iter().flat_map(|a| group.iter().map(move |b| (a, b))) {
                    prop_assert!(reaches(*a, *b));
                }
            }
        }
    }
}

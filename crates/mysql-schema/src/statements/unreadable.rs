//! Bytes of a schema file that cannot be decoded. Old dumps have comments in another encoding, and
//! rows with arbitrary bytes. Servers accept such files, and this program needs neither the
//! comments nor the rows.

use super::pieces::{Piece, Pieces};
use super::{ScriptStatement, StatementKind, split};

/// The first of these places that matters: it is neither in a comment nor in a statement that is
/// not run. `places` must be in ascending order.
pub fn first_place_that_counts(sql: &str, places: &[usize]) -> Option<usize> {
    let mark = sql.len() - sql.trim_start_matches('\u{feff}').len();
    let Ok(statements) = split(sql, "") else {
        return places.first().copied();
    };
    let counts = |place: &usize| {
        let place = place.saturating_sub(mark);
        let after = statements.partition_point(|statement| statement.start <= place);
        let statement = after.checked_sub(1).map(|before| &statements[before]);
        statement.is_some_and(|statement| {
            let within = place - statement.start;
            within < statement.text.len() && is_run(statement) && !is_comment(statement, within)
        })
    };
    places.iter().copied().find(|place| counts(place))
}

fn is_run(statement: &ScriptStatement<'_>) -> bool {
    !matches!(
        statement.kind(),
        StatementKind::NotCreated(_) | StatementKind::CreateTemporary | StatementKind::Other
    )
}

fn is_comment(statement: &ScriptStatement<'_>, place: usize) -> bool {
    let mut pieces = Pieces::new(statement.text, statement.mode).flatten();
    pieces
        .any(|(piece, text, at)| piece == Piece::Comment && (at..at + text.len()).contains(&place))
}

//! Which changes a server accepts in one ALTER. A plan has one ALTER for all changes of a table in
//! a step. [`Statement::apart`] splits the ALTER for a server that does not accept all changes in
//! one ALTER.

use super::sql::{Builds, Clause, Statement};

/// Which changes need a statement of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grouping {
    /// Whether each added foreign key needs a statement of its own.
    pub foreign_keys_apart: bool,
    /// Whether each added CHECK needs a statement of its own.
    pub checks_apart: bool,
    /// Whether an index or a CHECK is dropped in a statement of its own if one with the same name
    /// is created afterwards.
    pub replaced_apart: bool,
}

impl Grouping {
    /// All changes in one statement, which MySQL and MariaDB accept.
    pub const TOGETHER: Grouping = Grouping {
        foreign_keys_apart: false,
        checks_apart: false,
        replaced_apart: false,
    };

    fn keeps_apart(self, clause: &Clause) -> bool {
        match clause.builds {
            Builds::ForeignKey(_) => self.foreign_keys_apart,
            Builds::Check(_) => self.checks_apart,
            Builds::Index(_) | Builds::Nothing => false,
        }
    }
}

impl Statement {
    /// Splits the statement into statements that a server with this grouping accepts, in order.
    pub fn apart(&self, grouping: Grouping) -> Vec<Statement> {
        let (mut dropped, mut together, mut alone) = (Vec::new(), Vec::new(), Vec::new());
        for clause in &self.clauses {
            let clause = match clause.split().filter(|_| grouping.replaced_apart) {
                Some((drop, add)) => {
                    dropped.push(drop);
                    add
                }
                None => clause.clone(),
            };
            match grouping.keeps_apart(&clause) {
                true => alone.push(vec![clause]),
                false => together.push(clause),
            }
        }
        if dropped.is_empty() && (alone.is_empty() || alone.len() + together.len() == 1) {
            return vec![self.clone()];
        }
        let groups = [dropped, together].into_iter().chain(alone);
        groups
            .filter(|clauses| !clauses.is_empty())
            .map(|clauses| self.with_clauses(clauses))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::Step;
    use model::schema::{Check, Index, IndexKind};

    const APART: Grouping = Grouping {
        foreign_keys_apart: true,
        checks_apart: true,
        replaced_apart: true,
    };

    fn index(name: &str, replaces: bool) -> Clause {
        let drop = format!("DROP INDEX `{name}`");
        let index = Index {
            name: name.to_owned(),
            kind: IndexKind::Plain,
            parts: Vec::new(),
            visible: true,
            comment: String::new(),
            parser: None,
        };
        let add = format!("ADD INDEX `{name}` (`a`)");
        Clause::replacing(replaces.then_some(drop), add, Builds::Index(index))
    }

    fn check(name: &str) -> Clause {
        let check = Check {
            name: name.to_owned(),
            expression: "a > 0".to_owned(),
        };
        let add = format!("ADD CONSTRAINT `{name}` CHECK (a > 0)");
        Clause::replacing(None, add, Builds::Check(check))
    }

    fn texts(statements: &[Statement]) -> Vec<String> {
        let text = |statement: &Statement| statement.sql.replace("\n  ", " ");
        statements.iter().map(text).collect()
    }

    #[test]
    fn a_server_that_accepts_everything_together_gets_the_statement_as_it_is() {
        let whole = Statement::new("t", Step::AddIndexes, vec![index("a", true), check("c")]);
        assert_eq!(
            whole.apart(Grouping::TOGETHER),
            std::slice::from_ref(&whole)
        );
    }

    #[test]
    fn what_is_replaced_is_dropped_first_and_constraints_come_alone() {
        let clauses = vec![index("a", true), index("b", false), check("c"), check("d")];
        let whole = Statement::new("t", Step::AddIndexes, clauses);
        assert_eq!(
            texts(&whole.apart(APART)),
            [
                "ALTER TABLE `t` DROP INDEX `a`",
                "ALTER TABLE `t` ADD INDEX `a` (`a`), ADD INDEX `b` (`a`)",
                "ALTER TABLE `t` ADD CONSTRAINT `c` CHECK (a > 0)",
                "ALTER TABLE `t` ADD CONSTRAINT `d` CHECK (a > 0)",
            ]
        );
        let one = Statement::new("t", Step::Columns, vec![check("c")]);
        assert_eq!(one.apart(APART), std::slice::from_ref(&one));
        for part in whole.apart(APART) {
            assert_eq!(part.apart(APART), std::slice::from_ref(&part));
        }
    }
}

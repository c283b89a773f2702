//! Access groups: what is left of rows and columns for a caller who belongs to some. Several only narrow.

use super::columns::{Column, Columns};
use super::decide::Reason;
use super::facts::ThingFacts;
use super::rows::{RowField, RowRules};
use crate::ids::AccessGroupId;

/// An access group, as a decision knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessGroup {
    /// Its id.
    pub id: AccessGroupId,
    /// Which conversations its members reach.
    pub rows: RowRules,
    /// Which columns they see.
    pub columns: Columns,
}

/// All access groups of a caller, ready to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restrictions {
    /// Those with rules, in the order of their ids.
    rows: Vec<(AccessGroupId, RowRules)>,
    columns: Columns,
    /// Who hides a column; the first by id is named.
    hidden_by: Vec<(Column, AccessGroupId)>,
}

impl Default for Restrictions {
    /// None: everything is left.
    fn default() -> Self {
        Self { rows: Vec::new(), columns: Columns::ALL, hidden_by: Vec::new() }
    }
}

impl Restrictions {
    /// Narrows by each of these access groups.
    #[must_use]
    pub fn by(mut groups: Vec<AccessGroup>) -> Self {
        groups.sort_by_key(|group| group.id);
        groups.dedup_by_key(|group| group.id);
        let mut restrictions = Self::default();
        for group in groups {
            for column in Column::ALL.iter().filter(|column| !group.columns.has(**column)) {
                if restrictions.columns.has(*column) {
                    restrictions.hidden_by.push((*column, group.id));
                }
            }
            restrictions.columns = restrictions.columns.and(group.columns);
            if !group.rows.are_blank() {
                restrictions.rows.push((group.id, group.rows));
            }
        }
        restrictions
    }
    /// Narrowed by others too.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.columns = self.columns.and(other.columns);
        self.rows.extend(other.rows);
        self.hidden_by.extend(other.hidden_by);
        self
    }
    /// The rules, all of which a conversation must pass.
    pub fn rows(&self) -> impl Iterator<Item = &RowRules> {
        self.rows.iter().map(|(_, rules)| rules)
    }
    /// The columns that are left.
    #[must_use]
    pub const fn columns(&self) -> Columns {
        self.columns
    }
    /// Whether nothing is restricted.
    #[must_use]
    pub fn are_none(&self) -> bool {
        self.rows.is_empty() && self.columns == Columns::ALL
    }
    /// The first access group that keeps a conversation out, and the field by which it does.
    #[must_use]
    pub fn excluding(&self, thing: &ThingFacts) -> Option<(AccessGroupId, RowField)> {
        self.rows.iter().find_map(|(id, rules)| Some((*id, rules.excluded_by(thing)?)))
    }
    /// What is narrowed first, for saying why something that takes everything is refused.
    #[must_use]
    pub fn first(&self) -> Option<Reason> {
        let hidden = self.hidden_by.first().map(|(column, group)| Reason::ColumnHidden(*group, *column));
        let field = |rules: &RowRules| RowField::ALL.into_iter().find(|field| !rules.is_blank(*field));
        hidden.or_else(|| self.rows.iter().find_map(|(group, rules)| Some(Reason::OutsideRows(*group, field(rules)?))))
    }
    /// The access group that hides a column.
    #[must_use]
    pub fn hiding(&self, column: Column) -> Option<AccessGroupId> {
        self.hidden_by.iter().find(|(hidden, _)| *hidden == column).map(|(_, group)| *group)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_access_groups_only_narrow() {
        let id = |byte: u8| AccessGroupId::from_bytes([byte; 16]);
        let group = |byte, columns: &[Column]| AccessGroup {
            id: id(byte),
            rows: RowRules::default(),
            columns: columns.iter().copied().collect(),
        };
        let both = Restrictions::by(vec![group(2, &[Column::Tags]), group(1, &[Column::Tags, Column::Audio])]);
        assert_eq!(both.columns().iter().collect::<Vec<_>>(), [Column::Tags]);
        assert_eq!(both.hiding(Column::Audio), Some(id(2)));
        assert_eq!(both.hiding(Column::Notes), Some(id(1)));
        assert_eq!(both.hiding(Column::Tags), None);
        // Whichever comes last.
        let both = Restrictions::by(vec![group(1, &[Column::Tags]), group(2, &[Column::Tags, Column::Audio])]);
        assert_eq!(both.columns().iter().collect::<Vec<_>>(), [Column::Tags]);
        assert!(Restrictions::by(Vec::new()).are_none());
    }
}

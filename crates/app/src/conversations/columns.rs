//! What is hidden can't be asked by: neither filtered, searched, sorted nor counted.

use super::list::{Filter, Sort, SortBy};
use crate::{Error, Result};
use soundkeep_domain::access::{Column, Columns};

/// Columns whose words are searched.
const SEARCHED: [Column; 5] = [Column::Number, Column::Contact, Column::Agents, Column::Tags, Column::Notes];

/// Refuses a filter or an order by a column that isn't left.
pub(crate) fn check(filter: &Filter, sort: Option<Sort>, left: Columns) -> Result<()> {
    let asked = [
        ("from", Column::Started, filter.from.is_some()),
        ("until", Column::Started, filter.until.is_some()),
        ("direction", Column::Direction, filter.direction.is_some()),
        ("channel", Column::Channel, filter.channel.is_some()),
        ("agent", Column::Agents, filter.agent.is_some()),
        ("unattributed", Column::Agents, filter.unattributed),
        ("group", Column::Groups, filter.group.is_some()),
        ("tag", Column::Tags, filter.tag.is_some()),
        ("status", Column::Status, filter.state.is_some()),
        ("number", Column::Number, filter.number.is_some()),
        ("min_duration_ms", Column::Duration, filter.duration_ms_min.is_some()),
        ("max_duration_ms", Column::Duration, filter.duration_ms_max.is_some()),
        ("sort", Column::Started, sort.is_some_and(|sort| sort.by == SortBy::Started)),
        ("sort", Column::Duration, sort.is_some_and(|sort| sort.by == SortBy::Duration)),
    ];
    let hidden = asked.iter().filter(|(_, column, is_asked)| *is_asked && !left.has(*column));
    let mut refused: Vec<(String, String)> = hidden
        .map(|(field, _, _)| ((*field).to_owned(), "an access group hides this column from you".to_owned()))
        .collect();
    if filter.words.is_some() && !SEARCHED.into_iter().any(|column| left.has(column)) {
        refused.push(("q".to_owned(), "access groups hide every column that is searched from you".to_owned()));
    }
    if refused.is_empty() { Ok(()) } else { Err(Error::Invalid(refused)) }
}

/// Refuses a change of a column that isn't left.
pub(crate) fn check_change(field: &str, column: Column, left: Columns) -> Result<()> {
    match left.has(column) {
        true => Ok(()),
        false => Err(Error::invalid(field, "an access group hides this column from you")),
    }
}

//! The matrix of built-in roles and permissions, for people and as CSV.

use crate::extract::Speaks;
use crate::identity::session::Held;
use crate::problem::Answer;
use crate::words;
use axum::Json;
use axum::http::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use soundkeep_app::domain::access::{BUILT_IN_ROLES, Permission, matrix_csv};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The built-in matrix.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Matrix {
    /// Roles, in the order of the columns.
    columns: Vec<&'static str>,
    rows: Vec<MatrixRow>,
}

/// A permission and what each role holds of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MatrixRow {
    permission: &'static str,
    /// Which words its cells know, such as `own|groups|all`.
    scopes: &'static str,
    /// How far it reaches, by role.
    cells: BTreeMap<&'static str, Held>,
    /// Where it comes from.
    source: &'static str,
    /// What it allows.
    meaning: &'static str,
    /// Whether its feature exists.
    available: bool,
}

/// Shows the matrix of built-in roles. `Accept: text/csv` gives a table.
#[utoipa::path(get, path = "/api/v1/access/matrix", tag = "access",
    responses((status = 200, description = "The matrix.", content((Matrix = "application/json"), (String = "text/csv")))))]
pub(crate) async fn show(Speaks(language): Speaks, headers: HeaderMap) -> Answer<Response> {
    let accepts = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let csv = accepts.split(',').any(|range| range.trim().starts_with("text/csv"));
    let mut response = if csv { matrix_csv().into_response() } else { Json(matrix(language)).into_response() };
    let headers = response.headers_mut();
    headers.insert(VARY, HeaderValue::from_static("accept, accept-language"));
    if csv {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
        let name = HeaderValue::from_static("attachment; filename=\"access-matrix.csv\"");
        headers.insert(CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

fn matrix(language: words::Language) -> Matrix {
    let columns: Vec<&'static str> = BUILT_IN_ROLES.iter().map(|role| role.key()).collect();
    let rows = Permission::ALL.iter().map(|permission| {
        let row = permission.row();
        let cells = columns.iter().zip(row.defaults);
        MatrixRow {
            permission: row.key,
            scopes: if permission.is_scoped() { "own|groups|all" } else { "yes" },
            cells: cells.map(|(role, scope)| (*role, Held::from_word(scope.word(row.kind)))).collect(),
            source: row.source,
            meaning: words::permission(language, *permission),
            available: row.available,
        }
    });
    let rows = rows.collect();
    Matrix { columns, rows }
}

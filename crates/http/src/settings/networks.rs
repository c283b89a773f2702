//! Testing an address against the lists of networks.

use crate::door::Door;
use crate::extract::{Asks, Signed};
use crate::problem::Answer;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use soundkeep_app::settings;
use utoipa::{IntoParams, ToSchema};

/// What is tested.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AddressTest {
    /// The address, such as 192.0.2.7.
    address: String,
    /// A list that isn't saved yet: networks with commas between.
    networks: Option<String>,
}

impl AddressTest {
    pub(crate) fn address(&self) -> &str {
        &self.address
    }
    /// The list that was given.
    pub(crate) fn networks(&self) -> Option<Vec<String>> {
        let listed = |text: &String| text.split(',').filter(|one| !one.trim().is_empty()).map(str::to_owned).collect();
        self.networks.as_ref().map(listed)
    }
}

/// Whether an address is on the lists.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AddressTested {
    /// The address in its plain form.
    address: String,
    /// Whether people may come from it without a second factor.
    people: bool,
    /// Whether programs may come from it.
    programs: bool,
    /// Whether it is on the list that was given.
    #[schema(required = true)]
    listed: Option<bool>,
    /// Where the asker comes from.
    #[schema(required = true)]
    yours: Option<String>,
}

/// Tests an address against the lists of networks in force, and against another list if one is given.
#[utoipa::path(get, path = "/api/v1/settings/networks", tag = "settings", params(AddressTest),
    responses((status = 200, description = "What came of it.", body = AddressTested)))]
pub(crate) async fn test(
    State(door): State<Door>,
    Signed(caller): Signed,
    Asks(asked): Asks<AddressTest>,
) -> Answer<Json<AddressTested>> {
    let networks = asked.networks();
    let tested = settings::test_address(&door.vault, &caller, asked.address(), networks.as_deref()).await?;
    Ok(Json(AddressTested {
        address: tested.address.to_string(),
        people: tested.people,
        programs: tested.programs,
        listed: tested.listed,
        yours: tested.yours.map(|address| address.to_string()),
    }))
}

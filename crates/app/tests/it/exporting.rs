//! Exports of the ledger that take their time.

use crate::identity::house::{HERE, PASSWORD, houses};
use futures::StreamExt as _;
use soundkeep_app::Error;
use soundkeep_app::audit::export::export;
use soundkeep_app::audit::read::{EventFilter, list};
use soundkeep_app::identity::sign_out;

/// More than are on their way at once.
const EVENTS: usize = 4000;

#[tokio::test]
async fn an_export_ends_when_its_caller_is_shut_out_on_the_way() {
    for house in houses().await {
        let admin = house.admin().await;
        // Whoever reads the ledger stands in it.
        let all = EventFilter::default();
        let looks = (0..EVENTS).map(|_| list(&house.vault, &admin, &all, None, 1));
        let looked: Vec<_> = futures::stream::iter(looks).buffer_unordered(64).collect().await;
        assert!(looked.iter().all(Result::is_ok));
        let signed_in = house.sign_in("admin@example.org", PASSWORD, HERE).await.unwrap();
        let other = house.caller(&signed_in.token).await.unwrap();
        let whole: Vec<_> = export(&house.vault, &admin).await.unwrap().collect().await;
        assert!(whole.len() > 6 && whole.iter().all(Result::is_ok));
        let mut cut = Box::pin(export(&house.vault, &other).await.unwrap());
        assert!(cut.next().await.unwrap().is_ok());
        sign_out(&house.vault, &other).await.unwrap();
        let rest: Vec<_> = cut.collect().await;
        assert!(rest.len() < whole.len());
        assert!(matches!(rest.last(), Some(Err(Error::NotSignedIn))));
    }
}

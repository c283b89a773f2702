//! Through which provider somebody came, as their account and their page tell it.

use super::house::houses;
use soundkeep_app::domain::access::BuiltInRole;
use soundkeep_app::domain::identity::{Claims, Guide, Oidc, Protocol, Provider, ProviderDocument, ProviderState};
use soundkeep_app::identity::{self, ListOptions, ProviderWish};
use soundkeep_store::identity::{external, through};

fn wish(slug: &str, name: &str) -> ProviderWish {
    let oidc = Oidc {
        issuer: format!("https://{slug}.example.org"),
        client_id: "soundkeep".to_owned(),
        scopes: vec!["email".to_owned()],
    };
    let document = ProviderDocument { oidc: Some(oidc), claims: Claims::default(), ..ProviderDocument::default() };
    let provider = Provider {
        slug: slug.to_owned(),
        name: name.to_owned(),
        guide: Guide::Other,
        protocol: Protocol::Oidc,
        domains: vec![format!("{slug}.example")],
        document,
    };
    ProviderWish { provider, secret: None, state: ProviderState::Off, mappings: Vec::new() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_and_a_user_name_the_providers_that_they_came_through() {
    for house in houses().await {
        let admin = house.admin().await;
        let vault = &house.vault;
        let (ada, signed_in) = house.user(&admin, "Ada", &[BuiltInRole::Agent]).await;
        let (ben, _) = house.user(&admin, "Ben", &[BuiltInRole::Agent]).await;
        let caller = house.caller(&signed_in.token).await.unwrap();
        assert_eq!(identity::account(vault, &caller).await.unwrap().came_through, None);
        assert!(identity::user(vault, &admin, ada.id).await.unwrap().identities.is_empty());

        let works = identity::create_provider(vault, &admin, wish("works", "Works")).await.unwrap();
        let alps = identity::create_provider(vault, &admin, wish("alps", "Alps")).await.unwrap();
        let (organisation, now) = (admin.organisation(), vault.now());
        for wish in [wish("works", "Works"), wish("alps", "Alps")] {
            let on = ProviderWish { state: ProviderState::On, ..wish };
            identity::declare_provider(vault, organisation, on).await.unwrap();
        }
        let mut transaction = house.store().await.begin().await.unwrap();
        for (provider, subject, user) in
            [(works.id, "1", ada.id), (works.id, "2", ada.id), (alps.id, "1", ada.id), (works.id, "3", ben.id)]
        {
            external::link(&mut transaction, organisation, (provider, subject), user, now).await.unwrap();
        }
        let came = through::Through {
            provider: works.id,
            subject: "1".to_owned(),
            name_format: None,
            session: None,
            sealed_token: None,
            ends_at: None,
        };
        let session = caller.session().parse().unwrap();
        through::mark_session(&mut transaction, organisation, session, &came).await.unwrap();
        transaction.commit().await.unwrap();

        assert_eq!(identity::account(vault, &caller).await.unwrap().came_through.as_deref(), Some("Works"));
        assert_eq!(identity::account(vault, &admin).await.unwrap().came_through, None, "it is of this session");
        let listed =
            identity::users(vault, &admin, &ListOptions { limit: 50, ..ListOptions::default() }).await.unwrap().items;
        let of = |id| {
            let user = listed.iter().find(|user| user.id == id).unwrap();
            user.identities.iter().map(|one| (one.name.as_str(), one.slug.as_str())).collect::<Vec<_>>()
        };
        assert_eq!(of(ada.id), [("Alps", "alps"), ("Works", "works")], "each once, by name");
        assert_eq!(of(ben.id), [("Works", "works")]);
        identity::federation::unlink_user(vault, &admin, ada.id).await.unwrap();
        assert!(identity::user(vault, &admin, ada.id).await.unwrap().identities.is_empty());
        assert_eq!(identity::user(vault, &admin, ben.id).await.unwrap().identities.len(), 1);
        // Whoever is in when a provider is deleted stays in, and their account says nothing of it.
        identity::delete_provider(vault, &admin, works.id).await.unwrap();
        assert_eq!(identity::account(vault, &caller).await.unwrap().came_through, None);
        let prove = identity::federation::step_up_through(vault, &caller, "https://vault.example.org", "/").await;
        assert!(matches!(prove, Err(soundkeep_app::Error::Conflict(_))));
    }
}

//! What directories send: filters, paths and PATCH documents.

use serde_json::{Value, json};
use soundkeep_federation::scim::{
    Document, Filter, Path, ResourceKind, Unknown, apply, bulk, operations, resource, schemas_of,
};

/// Somebody to whom things are done.
fn somebody() -> Document {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada@example.org", "active": true,
        "emails": [{"value": "ada@example.org", "type": "work", "primary": true}, {"value": "b", "type": "home"}],
        "name": {"givenName": "Ada"},
    });
    resource(&body, ResourceKind::User).expect("a user")
}

/// Filters: whatever can be read can be asked, and a kind that lacks an attribute is asked without harm.
///
/// # Panics
/// When something doesn't hold.
pub fn filter(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let somebody = somebody();
    for kind in ResourceKind::ALL {
        let strict = Filter::parse(text, kind, Unknown::Refused);
        let lenient = Filter::parse(text, kind, Unknown::FitsNothing);
        if let Ok(strict) = strict {
            let lenient = lenient.expect("what is read strictly is read leniently");
            assert_eq!(strict.fits(&somebody), lenient.fits(&somebody));
            let not = Filter::Not(Box::new(strict.clone()));
            assert_ne!(strict.fits(&somebody), not.fits(&somebody));
        }
    }
}

/// Paths of a PATCH: what can be read names an attribute that there is.
///
/// # Panics
/// When something doesn't hold.
pub fn path(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for kind in ResourceKind::ALL {
        if let Ok(path) = Path::parse(text, kind) {
            assert!(path.target.attribute.is_some() || path.target.extension.is_some());
            assert!(path.target.inner.is_none() || path.target.attribute.is_some_and(|outer| outer.is_complex()));
        }
    }
}

/// Whole bodies: what is carried out leaves a user that could have been sent, and twice the same is refused or done.
///
/// # Panics
/// When something doesn't hold.
pub fn patch(bytes: &[u8]) {
    let Ok(body) = serde_json::from_slice::<Value>(bytes) else { return };
    let _ = bulk(&body);
    for kind in ResourceKind::ALL {
        if let Ok(document) = resource(&body, kind) {
            assert_is_whole(document, kind);
        }
    }
    let Ok(operations) = operations(&body, ResourceKind::User) else { return };
    let mut document = somebody();
    if apply(&operations, &mut document, ResourceKind::User).is_ok() {
        assert_is_whole(document, ResourceKind::User);
    }
}

/// What is kept could be sent again and would be kept alike.
fn assert_is_whole(document: Document, kind: ResourceKind) {
    let mut body = document.clone();
    body.insert("schemas".to_owned(), schemas_of(&document, kind).into());
    let again = resource(&body.into(), kind).expect("what is kept can be sent");
    assert_eq!(again, document);
}

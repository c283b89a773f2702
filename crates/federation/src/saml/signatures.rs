//! What an XML signature in a SAML message may look like: which algorithms, and that it signs the very element it stands in.
//!
//! The standard lets a signature point anywhere and transform what it points at, which is how messages are forged: one
//! part is signed and another read. Here a signature stands in the response or in its assertion, and signs that element
//! as a whole. Must not know: keys; whether a signature fits is computed elsewhere.

use super::refusal::{Reason, Refusal, quoted};
use super::xml::{ASSERTION, Element, PROTOCOL, SIGNATURE};

const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const TRANSFORMS: [&str; 2] = ["http://www.w3.org/2000/09/xmldsig#enveloped-signature", EXCLUSIVE];
const DIGESTS: [&str; 3] = [
    "http://www.w3.org/2001/04/xmlenc#sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512",
];
const METHODS: [&str; 6] = [
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
];
const ID_NAMES: [&str; 7] = ["ID", "Id", "id", "xml:id", "AssertionID", "ResponseID", "RequestID"];

/// RSA or ECDSA with a hash of SHA-2; never SHA-1, never a shared secret.
pub(super) fn method_is_strong(uri: &str) -> bool {
    METHODS.contains(&uri)
}

/// Refuses whatever doesn't look as described above; tells how many signatures there are.
pub(super) fn check(root: &Element) -> Result<usize, Refusal> {
    unique_ids(root)?;
    let everything = root.descendants();
    let all = everything.iter().filter(|element| element.name == "Signature").count();
    let mut found = 0;
    for holder in everything {
        let is_root = std::ptr::eq(holder, root) && holder.namespace == PROTOCOL;
        let is_assertion = holder.is(ASSERTION, "Assertion");
        let mut signatures = holder.children(SIGNATURE, "Signature").peekable();
        if signatures.peek().is_none() {
            continue;
        }
        if !is_root && !is_assertion {
            return Err(shape("a signature stands where none belongs"));
        }
        for signature in signatures {
            found += 1;
            one(signature, holder)?;
        }
        if holder.children(SIGNATURE, "Signature").count() > 1 {
            return Err(shape("one element is signed twice"));
        }
    }
    if all != found {
        return Err(shape("an element called Signature is none"));
    }
    Ok(found)
}

fn one(signature: &Element, holder: &Element) -> Result<(), Refusal> {
    let [info, _value] = only(signature, &["SignedInfo", "SignatureValue"], &["KeyInfo"])?;
    let [canonical, method, reference] = only(info, &["CanonicalizationMethod", "SignatureMethod", "Reference"], &[])?;
    algorithm(method, &METHODS, "signed")?;
    algorithm(canonical, &[EXCLUSIVE], "canonicalised")?;
    let id = holder.attribute("ID").filter(|id| !id.is_empty());
    if id.is_none() || reference.attribute("URI").and_then(|uri| uri.strip_prefix('#')) != id {
        return Err(shape("a signature signs something else than the element it stands in"));
    }
    let [digest, _value] = only(reference, &["DigestMethod", "DigestValue"], &["Transforms"])?;
    algorithm(digest, &DIGESTS, "hashed")?;
    for transforms in reference.children(SIGNATURE, "Transforms") {
        for transform in &transforms.children {
            if !transform.is(SIGNATURE, "Transform") {
                return Err(shape("a signature isn't built as it should be"));
            }
            algorithm(transform, &TRANSFORMS, "transformed")?;
        }
    }
    Ok(())
}

/// The children called `names`, each exactly once; besides them only those called `optional`, each at most once.
fn only<'a, const N: usize>(
    element: &'a Element,
    names: &[&str; N],
    optional: &[&str],
) -> Result<[&'a Element; N], Refusal> {
    let known = |child: &Element| {
        child.namespace == SIGNATURE
            && (names.contains(&child.name.as_str()) || optional.contains(&child.name.as_str()))
    };
    let alone = |name: &str| element.children.iter().filter(|child| child.name == name).count();
    let broken = || shape("a signature isn't built as it should be");
    if !element.children.iter().all(known) || optional.iter().any(|name| alone(name) > 1) {
        return Err(broken());
    }
    let mut found = Vec::with_capacity(N);
    for name in names {
        match element.children.iter().filter(|child| child.name == *name).collect::<Vec<_>>().as_slice() {
            [one] => found.push(*one),
            _ => return Err(broken()),
        }
    }
    found.try_into().map_err(|_| broken())
}

fn algorithm(element: &Element, allowed: &[&str], what: &str) -> Result<(), Refusal> {
    let uri = element.attribute("Algorithm");
    if uri.is_some_and(|uri| allowed.contains(&uri)) {
        return Ok(());
    }
    Err(Refusal::new(
        Reason::Algorithm,
        format!("it is {what} with {}, which isn't accepted; have the provider sign with RSA-SHA256", quoted(uri)),
    ))
}

/// An id names one element, whatever its attribute is called, and the elements that are read have no second one.
fn unique_ids(root: &Element) -> Result<(), Refusal> {
    let mut seen = std::collections::HashSet::new();
    for element in root.descendants() {
        let ids: Vec<&(String, String)> =
            element.attributes.iter().filter(|(name, _)| ID_NAMES.contains(&name.as_str())).collect();
        let read = element.namespace == PROTOCOL || element.namespace == ASSERTION;
        if read && ids.iter().any(|(name, _)| name != "ID") {
            return Err(shape("an element has an id of another kind than SAML's"));
        }
        for (_, id) in ids {
            if !seen.insert(id.as_str()) {
                return Err(shape("two elements have one id"));
            }
        }
    }
    Ok(())
}

fn shape(what: &str) -> Refusal {
    Refusal::new(Reason::Shape, format!("{what}; this is how forged messages look"))
}

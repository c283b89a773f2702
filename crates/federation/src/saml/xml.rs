//! Reads XML that strangers wrote into a small tree, with limits, and writes text into XML of ours.
//!
//! No document type, no entity but the five and numbers, no processing instruction: nothing in a document makes it larger
//! than its bytes or fetches anything. Comments leave no trace, so that text on both sides of one is one text.
//! Must not know: what the elements mean, or which of them are signed.

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::{NsReader, XmlVersion};

/// The namespace of SAML's protocol messages.
pub(super) const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
/// The namespace of SAML's assertions.
pub(super) const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
/// The namespace of SAML's metadata.
pub(super) const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
/// The namespace of XML signatures.
pub(super) const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";
/// The namespace of XML encryption.
pub(super) const ENCRYPTION: &str = "http://www.w3.org/2001/04/xmlenc#";

const DEPTH_MAX: usize = 64;
const ATTRIBUTES_MAX: usize = 64;
const NAMESPACES_MAX: usize = 128;

/// Why a document wasn't read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadXml {
    /// More bytes than this kind of document has.
    #[error("the document has more than {0} bytes")]
    TooLarge(usize),
    /// More elements, or deeper ones, than any real document has.
    #[error("the document has too many elements, or they are nested too deeply")]
    TooManyElements,
    /// A document type, which could expand entities or fetch files.
    #[error("the document has a document type (DOCTYPE), which is never accepted")]
    DocumentType,
    /// A processing instruction.
    #[error("the document has a processing instruction, which is never accepted")]
    ProcessingInstruction,
    /// An entity that isn't one of the five of XML.
    #[error("the document uses an entity that XML doesn't know")]
    Entity,
    /// Not well-formed.
    #[error("this is no well-formed XML document in UTF-8")]
    Malformed,
}

/// How large a document may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) bytes_max: usize,
    pub(super) elements_max: usize,
}

/// One element with what stands in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) namespace: String,
    pub(super) name: String,
    /// Names as they were written, with their prefix; no namespace declarations.
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Element>,
    /// All text directly in it, in one piece.
    pub(super) text: String,
}

impl Element {
    pub(super) fn is(&self, namespace: &str, name: &str) -> bool {
        self.name == name && self.namespace == namespace
    }

    /// The value of an attribute without a prefix.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn children<'a>(&'a self, namespace: &'a str, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.is(namespace, name))
    }

    pub(super) fn child<'a>(&'a self, namespace: &'a str, name: &'a str) -> Option<&'a Self> {
        self.children(namespace, name).next()
    }

    /// The element and all in it, outer before inner.
    pub(super) fn descendants(&self) -> Vec<&Self> {
        let mut found = vec![self];
        let mut next = 0;
        while let Some(element) = found.get(next).copied() {
            found.extend(element.children.iter());
            next += 1;
        }
        found
    }
}

/// Reads one document.
pub(super) fn parse(text: &str, limits: Limits) -> Result<Element, BadXml> {
    if text.len() > limits.bytes_max {
        return Err(BadXml::TooLarge(limits.bytes_max));
    }
    let mut reader = NsReader::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
    reader.resolver_mut().set_max_namespace_bindings(NAMESPACES_MAX);
    let mut tree = Tree::default();
    loop {
        let (resolved, event) = reader.read_resolved_event().map_err(|_| BadXml::Malformed)?;
        match event {
            Event::Start(start) => {
                let element = element(resolved, &start)?;
                tree.open(element, limits)?;
            }
            Event::Empty(start) => {
                let element = element(resolved, &start)?;
                tree.open(element, limits)?;
                tree.close()?;
            }
            Event::End(_) => tree.close()?,
            Event::Text(text) => tree.write(text.as_ref())?,
            Event::CData(text) => tree.write(text.as_ref())?,
            Event::GeneralRef(reference) => tree.write(&resolve(&reference)?)?,
            Event::DocType(_) => return Err(BadXml::DocumentType),
            Event::PI(_) => return Err(BadXml::ProcessingInstruction),
            Event::Comment(_) | Event::Decl(_) => {}
            Event::Eof => return tree.finish(),
        }
    }
}

#[derive(Default)]
struct Tree {
    open: Vec<Element>,
    root: Option<Element>,
    elements: usize,
}

impl Tree {
    fn open(&mut self, element: Element, limits: Limits) -> Result<(), BadXml> {
        self.elements += 1;
        if self.elements > limits.elements_max || self.open.len() >= DEPTH_MAX {
            return Err(BadXml::TooManyElements);
        }
        if self.open.is_empty() && self.root.is_some() {
            return Err(BadXml::Malformed);
        }
        self.open.push(element);
        Ok(())
    }

    fn close(&mut self) -> Result<(), BadXml> {
        let element = self.open.pop().ok_or(BadXml::Malformed)?;
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn write(&mut self, text: &str) -> Result<(), BadXml> {
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if text.trim().is_empty() => {}
            None => return Err(BadXml::Malformed),
        }
        Ok(())
    }

    fn finish(self) -> Result<Element, BadXml> {
        if self.open.is_empty() { self.root.ok_or(BadXml::Malformed) } else { Err(BadXml::Malformed) }
    }
}

fn element(resolved: ResolveResult<'_>, start: &BytesStart<'_>) -> Result<Element, BadXml> {
    let namespace = match resolved {
        ResolveResult::Bound(namespace) => namespace.into_inner().to_owned(),
        ResolveResult::Unbound => String::new(),
        ResolveResult::Unknown(_) => return Err(BadXml::Malformed),
    };
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| BadXml::Malformed)?;
        if attribute.key.as_namespace_binding().is_some() {
            continue;
        }
        if attributes.len() >= ATTRIBUTES_MAX {
            return Err(BadXml::TooManyElements);
        }
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| BadXml::Entity)?;
        attributes.push((attribute.key.into_inner().to_owned(), value.into_owned()));
    }
    let name = start.local_name().into_inner().to_owned();
    Ok(Element { namespace, name, attributes, ..Element::default() })
}

fn resolve(reference: &BytesRef<'_>) -> Result<String, BadXml> {
    if let Some(character) = reference.resolve_char_ref().map_err(|_| BadXml::Entity)? {
        return Ok(character.into());
    }
    resolve_predefined_entity(reference.as_ref()).map(Into::into).ok_or(BadXml::Entity)
}

/// `text`, to stand between tags or in an attribute.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\n' => escaped.push_str("&#10;"),
            '\r' => escaped.push_str("&#13;"),
            '\t' => escaped.push_str("&#9;"),
            // Characters that no XML document may hold.
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { bytes_max: 100_000, elements_max: 1_000 };

    #[test]
    fn text_around_a_comment_is_one_text() {
        let root = parse("<a>one<!-- two -->three<![CDATA[<four>]]>&amp;&#65;</a>", LIMITS).unwrap();
        assert_eq!(root.text, "onethree<four>&A");
    }

    #[test]
    fn namespaces_are_resolved_and_unknown_prefixes_refused() {
        let root = parse(r#"<p:a xmlns:p="urn:x"><b xmlns="urn:y" p:c="1" c="2"/></p:a>"#, LIMITS).unwrap();
        assert!(root.is("urn:x", "a"));
        assert_eq!(root.child("urn:y", "b").unwrap().attribute("c"), Some("2"));
        assert_eq!(parse("<q:a/>", LIMITS), Err(BadXml::Malformed));
    }

    #[test]
    fn what_could_grow_or_fetch_is_refused() {
        assert_eq!(parse("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", LIMITS), Err(BadXml::DocumentType));
        assert_eq!(parse("<a>&b;</a>", LIMITS), Err(BadXml::Entity));
        assert_eq!(parse("<a b='&c;'/>", LIMITS), Err(BadXml::Entity));
        assert_eq!(parse("<?xml-stylesheet href='x'?><a/>", LIMITS), Err(BadXml::ProcessingInstruction));
        assert_eq!(parse(&"<a>".repeat(20_000), LIMITS), Err(BadXml::TooManyElements));
        assert_eq!(parse(&format!("<r>{}</r>", "<a/>".repeat(1_001)), LIMITS), Err(BadXml::TooManyElements));
        assert_eq!(parse(&" ".repeat(100_001), LIMITS), Err(BadXml::TooLarge(100_000)));
    }

    #[test]
    fn half_documents_and_two_are_refused() {
        for text in ["", "<a>", "<a/><b/>", "</a>", "<a></b>", "x<a/>", "<a/>x", "<a b='1' b='2'/>", "<a b=1/>"] {
            assert!(parse(text, LIMITS).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_escaped_reads_back() {
        let text = "a<b>&\"c'\n\u{1}ü";
        let root = parse(&format!("<r x=\"{0}\">{0}</r>", escape(text)), LIMITS).unwrap();
        assert_eq!(root.text, "a<b>&\"c'\n\u{fffd}ü");
        assert_eq!(root.attribute("x"), Some(root.text.as_str()));
    }
}

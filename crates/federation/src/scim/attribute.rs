//! Attributes: what each is called, what it holds, and what may be done with it (RFC 7643, section 2.2).

use serde_json::{Value, json};

/// What an attribute holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// Yes or no.
    Boolean,
    /// A whole number.
    Integer,
    /// A time of RFC 3339.
    DateTime,
    /// The address of something.
    Reference,
    /// Bytes in base64.
    Binary,
    /// Attributes of its own.
    Complex,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::DateTime => "dateTime",
            Self::Reference => "reference",
            Self::Binary => "binary",
            Self::Complex => "complex",
        }
    }
}

/// Who may change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutability {
    /// We alone.
    ReadOnly,
    /// Whoever asks.
    ReadWrite,
    /// Whoever asks, once.
    Immutable,
}

/// When it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Returned {
    /// Whatever is asked for.
    Always,
    /// Unless it is left out.
    Default,
}

/// An attribute.
#[derive(Debug, Clone, Copy)]
pub struct Attribute {
    /// What it is called.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it holds several.
    pub is_many: bool,
    /// Whether it must be there.
    pub is_required: bool,
    /// Whether texts that differ in case alone differ.
    pub is_case_exact: bool,
    /// Who may change it.
    pub mutability: Mutability,
    /// When it is shown.
    pub returned: Returned,
    /// Whether no two resources have the same.
    pub is_unique: bool,
    /// Usual values; others are taken too.
    pub canonical: &'static [&'static str],
    /// What it may refer to.
    pub references: &'static [&'static str],
    /// What it is for.
    pub description: &'static str,
    /// Its own attributes.
    pub inner: &'static [Attribute],
}

/// An attribute of text.
pub(super) const fn text(name: &'static str, description: &'static str) -> Attribute {
    Attribute {
        name,
        kind: Kind::Text,
        is_many: false,
        is_required: false,
        is_case_exact: false,
        mutability: Mutability::ReadWrite,
        returned: Returned::Default,
        is_unique: false,
        canonical: &[],
        references: &[],
        description,
        inner: &[],
    }
}

/// An attribute with attributes of its own.
pub(super) const fn complex(name: &'static str, description: &'static str, inner: &'static [Attribute]) -> Attribute {
    let mut attribute = text(name, description);
    attribute.kind = Kind::Complex;
    attribute.inner = inner;
    attribute
}

impl Attribute {
    pub(super) const fn of(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }
    pub(super) const fn many(mut self) -> Self {
        self.is_many = true;
        self
    }
    pub(super) const fn required(mut self) -> Self {
        self.is_required = true;
        self
    }
    pub(super) const fn exact(mut self) -> Self {
        self.is_case_exact = true;
        self
    }
    pub(super) const fn read_only(mut self) -> Self {
        self.mutability = Mutability::ReadOnly;
        self
    }
    pub(super) const fn immutable(mut self) -> Self {
        self.mutability = Mutability::Immutable;
        self
    }
    pub(super) const fn always(mut self) -> Self {
        self.returned = Returned::Always;
        self
    }
    pub(super) const fn unique(mut self) -> Self {
        self.is_unique = true;
        self
    }
    pub(super) const fn usually(mut self, canonical: &'static [&'static str]) -> Self {
        self.canonical = canonical;
        self
    }
    pub(super) const fn refers(mut self, references: &'static [&'static str]) -> Self {
        self.kind = Kind::Reference;
        self.references = references;
        self.is_case_exact = true;
        self
    }

    /// Its own attribute of this name, in any case.
    #[must_use]
    pub fn inner(&self, name: &str) -> Option<&'static Attribute> {
        self.inner.iter().find(|inner| inner.name.eq_ignore_ascii_case(name))
    }

    /// Whether it has attributes of its own.
    #[must_use]
    pub const fn is_complex(&self) -> bool {
        matches!(self.kind, Kind::Complex)
    }

    /// Whether it can be changed at all.
    #[must_use]
    pub const fn is_read_only(&self) -> bool {
        matches!(self.mutability, Mutability::ReadOnly)
    }

    /// As schemas describe it (RFC 7643, section 7).
    #[must_use]
    pub fn described(&self) -> Value {
        let mut described = json!({
            "name": self.name,
            "type": self.kind.word(),
            "multiValued": self.is_many,
            "description": self.description,
            "required": self.is_required,
            "caseExact": self.is_case_exact,
            "mutability": match self.mutability {
                Mutability::ReadOnly => "readOnly",
                Mutability::ReadWrite => "readWrite",
                Mutability::Immutable => "immutable",
            },
            "returned": match self.returned {
                Returned::Always => "always",
                Returned::Default => "default",
            },
            "uniqueness": if self.is_unique { "server" } else { "none" },
        });
        if let Some(members) = described.as_object_mut() {
            if !self.canonical.is_empty() {
                members.insert("canonicalValues".to_owned(), json!(self.canonical));
            }
            if !self.references.is_empty() {
                members.insert("referenceTypes".to_owned(), json!(self.references));
            }
            if self.is_complex() {
                let inner: Vec<Value> = self.inner.iter().map(Self::described).collect();
                members.insert("subAttributes".to_owned(), inner.into());
            }
        }
        described
    }
}

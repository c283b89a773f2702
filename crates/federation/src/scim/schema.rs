//! The schemas of users and groups as RFC 7643, section 8.7, has them, and what is found in them by name.
//!
//! Left out are passwords, which no directory chooses here. What a user has beyond that is kept as the directory says it.

use super::attribute::{Attribute, Kind, complex, text};
use serde_json::{Value, json};

/// The schema of a user.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// What companies say of a user besides.
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// The schema of a group.
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// A schema.
#[derive(Debug)]
pub struct Schema {
    /// Its name, a URN.
    pub id: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// Its attributes.
    pub attributes: &'static [Attribute],
}

impl Schema {
    /// The attribute of this name, in any case.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&'static Attribute> {
        self.attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
    }

    /// As `/Schemas` gives it out, under this address of the SCIM service.
    #[must_use]
    pub fn described(&self, base: &str) -> Value {
        let attributes: Vec<Value> = self.attributes.iter().map(Attribute::described).collect();
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "attributes": attributes,
            "meta": {"resourceType": "Schema", "location": format!("{base}/Schemas/{}", self.id)},
        })
    }
}

/// What a directory can bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ResourceKind {
    /// A person.
    User,
    /// A group of people.
    Group,
}

impl ResourceKind {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::User, Self::Group];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }
    /// The last part of its address.
    #[must_use]
    pub const fn endpoint(self) -> &'static str {
        match self {
            Self::User => "Users",
            Self::Group => "Groups",
        }
    }
    /// Its schema.
    #[must_use]
    pub fn schema(self) -> &'static Schema {
        match self {
            Self::User => &USERS,
            Self::Group => &GROUPS,
        }
    }
    /// What it may have besides.
    #[must_use]
    pub fn extensions(self) -> &'static [&'static Schema] {
        match self {
            Self::User => &EXTENSIONS_OF_USERS,
            Self::Group => &[],
        }
    }
    /// The extension of this name, in any case.
    #[must_use]
    pub fn extension(self, id: &str) -> Option<&'static Schema> {
        self.extensions().iter().find(|schema| schema.id.eq_ignore_ascii_case(id)).copied()
    }
    /// Its attribute of this name, in any case: of its schema, or one that every resource has.
    #[must_use]
    pub fn attribute(self, name: &str) -> Option<&'static Attribute> {
        let common = || COMMON.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name));
        self.schema().attribute(name).or_else(common)
    }
    /// All its attributes outside of extensions.
    pub fn attributes(self) -> impl Iterator<Item = &'static Attribute> {
        COMMON.iter().chain(self.schema().attributes)
    }
    /// As `/ResourceTypes` gives it out.
    #[must_use]
    pub fn described(self, base: &str) -> Value {
        let extensions: Vec<Value> =
            self.extensions().iter().map(|schema| json!({"schema": schema.id, "required": false})).collect();
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
            "id": self.name(),
            "name": self.name(),
            "endpoint": format!("/{}", self.endpoint()),
            "description": self.schema().description,
            "schema": self.schema().id,
            "schemaExtensions": extensions,
            "meta": {"resourceType": "ResourceType", "location": format!("{base}/ResourceTypes/{}", self.name())},
        })
    }
}

/// All schemas that resources have.
pub static SCHEMAS: [&Schema; 3] = [&USERS, &ENTERPRISE_USERS, &GROUPS];

static EXTENSIONS_OF_USERS: [&Schema; 1] = [&ENTERPRISE_USERS];

const META: &[Attribute] = &[
    text("resourceType", "What it is.").exact().read_only(),
    text("created", "When it was made.").of(Kind::DateTime).read_only(),
    text("lastModified", "When it was last changed.").of(Kind::DateTime).read_only(),
    text("location", "Where it is.").refers(&["uri"]).read_only(),
    text("version", "Differs after each change.").exact().read_only(),
];

/// What every resource has (RFC 7643, section 3.1).
pub const COMMON: &[Attribute] = &[
    text("schemas", "The schemas that it follows.").of(Kind::Reference).many().exact().always().read_only(),
    text("id", "Our name of it.").exact().always().read_only().unique(),
    text("externalId", "The directory's name of it.").exact(),
    complex("meta", "What we know of it.", META).read_only(),
];

const NAME: &[Attribute] = &[
    text("formatted", "The whole name."),
    text("familyName", "The family name."),
    text("givenName", "The given name."),
    text("middleName", "The middle name."),
    text("honorificPrefix", "A title before the name."),
    text("honorificSuffix", "What stands behind the name."),
];

const WHERE: &[&str] = &["work", "home", "other"];

const PLURAL: &[Attribute] = &[
    text("value", "The value."),
    text("display", "The value, for people."),
    text("type", "What it is for."),
    text("primary", "Whether it is the one to use first.").of(Kind::Boolean),
];
const EMAILS: &[Attribute] = &[
    text("value", "The address."),
    text("display", "The address, for people."),
    text("type", "What it is for.").usually(WHERE),
    text("primary", "Whether it is the one to use first.").of(Kind::Boolean),
];
const PHONES: &[Attribute] = &[
    text("value", "The number."),
    text("display", "The number, for people."),
    text("type", "What it is for.").usually(&["work", "home", "mobile", "fax", "pager", "other"]),
    text("primary", "Whether it is the one to use first.").of(Kind::Boolean),
];
const PHOTOS: &[Attribute] = &[
    text("value", "Where the picture is.").refers(&["external"]),
    text("display", "What it shows."),
    text("type", "How large it is.").usually(&["photo", "thumbnail"]),
    text("primary", "Whether it is the one to use first.").of(Kind::Boolean),
];
const CERTIFICATES: &[Attribute] = &[
    text("value", "The certificate.").of(Kind::Binary).exact(),
    text("display", "What it is called."),
    text("type", "What it is for."),
    text("primary", "Whether it is the one to use first.").of(Kind::Boolean),
];
const ADDRESSES: &[Attribute] = &[
    text("formatted", "The whole address."),
    text("streetAddress", "The street and the number."),
    text("locality", "The town."),
    text("region", "The region."),
    text("postalCode", "The postal code."),
    text("country", "The country, by two letters."),
    text("type", "What it is for.").usually(WHERE),
    text("primary", "Whether it is the one to use first.").of(Kind::Boolean),
];
const USER_GROUPS: &[Attribute] = &[
    text("value", "The group.").exact().read_only(),
    text("$ref", "Where the group is.").refers(&["Group"]).read_only(),
    text("display", "What the group is called.").read_only(),
    text("type", "How the user belongs to it.").usually(&["direct"]).read_only(),
];

/// Users.
pub(super) static USERS: Schema = Schema {
    id: USER,
    name: "User",
    description: "A person who may come in.",
    attributes: &[
        text("userName", "What they sign in as at the directory.").required().unique(),
        complex("name", "What they are called, in parts.", NAME),
        text("displayName", "What they are called."),
        text("nickName", "What friends call them."),
        text("profileUrl", "A page about them.").refers(&["external"]),
        text("title", "What they are in the organisation."),
        text("userType", "How they belong to the organisation."),
        text("preferredLanguage", "Their language."),
        text("locale", "How they write numbers and dates."),
        text("timezone", "Their time zone."),
        text("active", "Whether they may come in.").of(Kind::Boolean),
        complex("emails", "Their email addresses.", EMAILS).many(),
        complex("phoneNumbers", "Their numbers.", PHONES).many(),
        complex("ims", "Where they chat.", PLURAL).many(),
        complex("photos", "Pictures of them.", PHOTOS).many(),
        complex("addresses", "Where they are.", ADDRESSES).many(),
        complex("groups", "The groups that the directory put them in.", USER_GROUPS).many().read_only(),
        complex("entitlements", "Kept as it is said; gives no right here.", PLURAL).many(),
        complex("roles", "Kept as it is said; groups give rights here.", PLURAL).many(),
        complex("x509Certificates", "Their certificates.", CERTIFICATES).many(),
    ],
};

const MANAGER: &[Attribute] = &[
    text("value", "The manager's id.").exact(),
    text("$ref", "Where the manager is.").refers(&["User"]),
    text("displayName", "What the manager is called.").read_only(),
];

/// What companies say of users besides (RFC 7643, section 4.3).
pub(super) static ENTERPRISE_USERS: Schema = Schema {
    id: ENTERPRISE,
    name: "EnterpriseUser",
    description: "What companies say of a user besides.",
    attributes: &[
        text("employeeNumber", "Their number in the company."),
        text("costCenter", "Who pays for them."),
        text("organization", "Their company."),
        text("division", "Their division."),
        text("department", "Their department."),
        complex("manager", "Who leads them.", MANAGER),
    ],
};

const MEMBERS: &[Attribute] = &[
    text("value", "The member's id.").exact().immutable(),
    text("$ref", "Where the member is.").refers(&["User"]).immutable(),
    text("type", "What the member is.").usually(&["User"]).immutable(),
];

/// Groups.
pub(super) static GROUPS: Schema = Schema {
    id: GROUP,
    name: "Group",
    description: "A group of the directory, which gives roles and groups here by its name.",
    attributes: &[
        text("displayName", "What it is called.").required(),
        complex("members", "Who belongs to it.", MEMBERS).many(),
    ],
};

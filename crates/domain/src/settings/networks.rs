//! Lists of networks and of email domains: which texts fit, in which form they are kept, and what is on a list.

use ipnet::IpNet;
use std::net::IpAddr;

/// A network as it is kept: an address alone is a network of one, bits behind the prefix are none, and IPv4 in IPv6
/// clothes (RFC 4291, section 2.5.5.2) is IPv4.
///
/// # Errors
/// A sentence that says what would fit.
pub(super) fn network(text: &str) -> Result<String, String> {
    parsed(text).map(|network| network.to_string())
}

fn parsed(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    let complain =
        || format!("an address or network such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32 is expected, not {text}");
    let network = match text.parse::<IpNet>() {
        Ok(network) => network,
        Err(_) => IpNet::from(text.parse::<IpAddr>().map_err(|_| complain())?),
    };
    let plain = match network {
        IpNet::V6(v6) if v6.prefix_len() >= 96 => match v6.addr().to_ipv4_mapped() {
            Some(v4) => IpNet::new(v4.into(), v6.prefix_len() - 96).map_err(|_| complain())?,
            None => network,
        },
        IpNet::V4(_) | IpNet::V6(_) => network,
    };
    Ok(plain.trunc())
}

/// Most networks of a list.
pub const NETWORKS_MAX: usize = 200;

/// The networks that these texts are, in the form in which they are kept: each once, as they came.
///
/// # Errors
/// A sentence about the first that is none, or that there are too many.
pub fn read_networks(list: &[String]) -> Result<Vec<String>, String> {
    let mut kept = Vec::new();
    for text in list {
        let one = network(text)?;
        if !kept.contains(&one) {
            kept.push(one);
        }
        if kept.len() > NETWORKS_MAX {
            return Err(format!("at most {NETWORKS_MAX} of them"));
        }
    }
    Ok(kept)
}

/// A list of networks, ready to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Networks {
    list: Vec<IpNet>,
    is_empty: bool,
}

impl Networks {
    /// The list that these texts are. What is none stands for no network.
    #[must_use]
    pub fn of(list: &[String]) -> Self {
        Self { is_empty: list.is_empty(), list: list.iter().filter_map(|text| parsed(text).ok()).collect() }
    }

    /// Whether an address is on the list. Everybody is on an empty one, and so is who comes from this machine itself,
    /// where there is no address.
    #[must_use]
    pub fn lets_in(&self, address: Option<IpAddr>) -> bool {
        let Some(address) = address.map(|address| address.to_canonical()) else { return true };
        self.is_empty || self.list.iter().any(|network| network.contains(&address))
    }

    /// Whether everybody who is on this list is on the other: each of its networks lies in one of the other's.
    #[must_use]
    pub fn are_within(&self, wider: &Self) -> bool {
        let lies = |network: &IpNet| wider.list.iter().any(|wide| wide.contains(network));
        wider.is_empty || (!self.is_empty && self.list.iter().all(lies))
    }
}

/// A domain of email addresses as it is kept: lower case, without the `@`.
///
/// # Errors
/// A sentence that says what would fit.
pub(super) fn email_domain(text: &str) -> Result<String, String> {
    let domain = text.trim().trim_start_matches('@').to_lowercase();
    let label = |label: &str| {
        !label.is_empty()
            && label.chars().count() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|one| one.is_alphanumeric() || one == '-')
    };
    match domain.len() <= 253 && domain.contains('.') && domain.split('.').all(label) {
        true => Ok(domain),
        false => Err(format!("a domain such as example.org is expected, not {}", text.trim())),
    }
}

/// Domains of email addresses as they are kept: each once, in order.
///
/// # Errors
/// A sentence that says what would fit.
pub fn read_domains(list: &[String]) -> Result<Vec<String>, String> {
    let mut domains: Vec<String> = list.iter().map(|text| email_domain(text)).collect::<Result<_, _>>()?;
    domains.sort();
    domains.dedup();
    Ok(domains)
}

/// Whether an email address in its normal form is of a domain on a list; one that is below a domain isn't of it.
#[must_use]
pub fn is_of_domain(list: &[String], email: &str) -> bool {
    email.rsplit_once('@').is_some_and(|(_, domain)| list.iter().any(|listed| listed == domain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn networks_are_kept_in_one_form() {
        for (typed, kept) in [
            (" 192.0.2.7 ", "192.0.2.7/32"),
            ("192.0.2.7/24", "192.0.2.0/24"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("2001:DB8::1/32", "2001:db8::/32"),
            ("::1", "::1/128"),
            ("::ffff:192.0.2.7", "192.0.2.7/32"),
            ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
        ] {
            assert_eq!(network(typed), Ok(kept.to_owned()), "{typed}");
        }
        for nonsense in
            ["", "x", "192.0.2", "192.0.2.0/33", "192.0.2.0/-1", "2001:db8::/129", "192.0.2.1-9", "010.0.0.1"]
        {
            assert!(network(nonsense).is_err(), "{nonsense}");
        }
    }

    #[test]
    fn an_address_is_on_a_list_in_whichever_clothes() {
        let list: Vec<String> = ["192.0.2.0/24", "2001:db8::/32"].map(str::to_owned).to_vec();
        let on = |text: &str| Networks::of(&list).lets_in(Some(text.parse().unwrap()));
        assert!(on("192.0.2.255") && on("::ffff:192.0.2.1") && on("2001:db8:1::9"));
        assert!(!on("192.0.3.0") && !on("2001:db9::1") && !on("::ffff:192.0.3.1"));
        let anybody = Some("203.0.113.1".parse().unwrap());
        assert!(Networks::of(&[]).lets_in(anybody), "an empty list is no list");
        assert!(Networks::of(&list).lets_in(None));
        assert!(!Networks::of(&["nonsense".to_owned()]).lets_in(anybody));
    }

    #[test]
    fn a_list_lies_within_another_when_each_of_its_networks_does() {
        let of = |texts: &[&str]| Networks::of(&texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>());
        let wide = of(&["192.0.2.0/24", "2001:db8::/32"]);
        assert!(of(&["192.0.2.7", "2001:db8:1::/48"]).are_within(&wide) && wide.are_within(&wide));
        assert!(wide.are_within(&of(&[])), "everywhere");
        assert!(!of(&[]).are_within(&wide), "everywhere is in no list");
        for beyond in [&["192.0.0.0/16"][..], &["192.0.2.7", "198.51.100.1"], &["2001:db9::1"]] {
            assert!(!of(beyond).are_within(&wide), "{beyond:?}");
        }
    }

    #[test]
    fn a_list_is_kept_without_doubles_and_has_an_end() {
        let twice = ["192.0.2.9/24", " 192.0.2.0/24"].map(str::to_owned);
        assert_eq!(read_networks(&twice), Ok(vec!["192.0.2.0/24".to_owned()]));
        let many = |count: u32| (0..count).map(|one| std::net::Ipv4Addr::from(one).to_string()).collect::<Vec<_>>();
        assert_eq!(read_networks(&many(200)).map(|list| list.len()), Ok(200));
        assert!(read_networks(&many(201)).is_err());
    }

    proptest! {
        #[test]
        fn what_is_kept_holds_what_was_typed_and_is_kept_as_it_is(bits in any::<u32>(), prefix in 0..=32_u8) {
            let address = IpAddr::from(bits.to_be_bytes());
            let kept = network(&format!("{address}/{prefix}")).unwrap();
            prop_assert_eq!(network(&kept), Ok(kept.clone()));
            prop_assert!(Networks::of(&[kept]).lets_in(Some(address)));
        }
    }

    #[test]
    fn domains_are_kept_in_lower_case_and_matched_whole() {
        assert_eq!(email_domain(" @Example.ORG "), Ok("example.org".to_owned()));
        assert_eq!(email_domain("bücher.example"), Ok("bücher.example".to_owned()));
        for nonsense in ["", "example", "a b.org", ".org", "example..org", "-a.org", "ada@example.org", "*.example.org"]
        {
            assert!(email_domain(nonsense).is_err(), "{nonsense}");
        }
        let list = ["example.org".to_owned()];
        assert!(is_of_domain(&list, "ada@example.org"));
        assert!(!is_of_domain(&list, "ada@sub.example.org") && !is_of_domain(&list, "ada@badexample.org"));
        assert!(!is_of_domain(&[], "ada@example.org"));
    }
}

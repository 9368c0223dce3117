//! Several hosts in one URL, `mysql://user@h1:3306,h2:3307,h3/database`: the members of one
//! cluster, any of which may be the one that accepts rows. The URL standard allows only one host,
//! so the others are removed before the rest is parsed.

use crate::error::{Context, Error, Result, fail};

use super::DatabaseUrl;

const DEFAULT_PORT: u16 = 3306;

/// A host and its port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Host {
    name: String,
    port: u16,
}

impl Host {
    fn parse(text: &str) -> Result<Host> {
        // no message repeats the text, because with an unescaped "@" it contains a part of the
        // password
        let url = ::url::Url::parse(&format!("mysql://{text}/"))
            .map_err(Error::other)
            .context(
                "one of the hosts in the database URL cannot be read; write h1:3306,h2:3306",
            )?;
        match url.host_str() {
            Some(name) if !name.is_empty() => Ok(Host {
                name: super::percent::decode(name.trim_matches(['[', ']']), "host")?,
                port: url.port().unwrap_or(DEFAULT_PORT),
            }),
            _ => fail!(
                Url,
                "one of the hosts in the database URL is empty; write h1:3306,h2:3306"
            ),
        }
    }
}

/// The URL with its first host only, and the other hosts.
pub(super) fn split(text: &str) -> Result<(String, Vec<Host>)> {
    let alone = || Ok((text.to_owned(), Vec::new()));
    let Some(begin) = text.find("://").map(|at| at + 3) else {
        return alone();
    };
    let end = text[begin..]
        .find(['/', '?', '#'])
        .map_or(text.len(), |at| begin + at);
    // the hosts begin after the last "@", because the user name or the password may contain a comma
    let begin = text[begin..end]
        .rfind('@')
        .map_or(begin, |at| begin + at + 1);
    let mut hosts = text[begin..end].split(',');
    let first = hosts.next().unwrap_or_default();
    let others = hosts.map(Host::parse).collect::<Result<Vec<_>>>()?;
    if others.is_empty() {
        return alone();
    }
    if first.is_empty() {
        fail!(
            Url,
            "one of the hosts in the database URL is empty; write h1:3306,h2:3306"
        );
    }
    Ok((format!("{}{first}{}", &text[..begin], &text[end..]), others))
}

impl DatabaseUrl {
    /// Whether the URL names more than one host.
    pub fn has_several_hosts(&self) -> bool {
        !self.others.is_empty()
    }

    /// One URL for each of the hosts of this URL, in their order.
    pub fn each_host(&self) -> Vec<DatabaseUrl> {
        let first = DatabaseUrl {
            others: Vec::new(),
            ..self.clone()
        };
        let others = self.others.iter().map(|host| DatabaseUrl {
            host: host.name.clone(),
            port: host.port,
            ..first.clone()
        });
        std::iter::once(first.clone()).chain(others).collect()
    }

    /// This URL with another member of its cluster as the host, given as `host:port`.
    ///
    /// # Errors
    ///
    /// When the address cannot be read.
    pub fn at_member(&self, address: &str) -> Result<DatabaseUrl> {
        let host = Host::parse(address)?;
        Ok(DatabaseUrl {
            host: host.name,
            port: host.port,
            others: Vec::new(),
            socket: None,
            ..self.clone()
        })
    }

    /// `host:port` of all hosts, separated by commas.
    pub(super) fn places(&self) -> String {
        let places: Vec<String> = self.each_host().iter().map(DatabaseUrl::place).collect();
        places.join(",")
    }
}

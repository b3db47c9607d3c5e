//! Where the requests go: a URL, taken apart and resolved once, before anything starts.

use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs};
use std::str::FromStr;

use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::header::{HOST, HeaderValue};
use hyper::{Request, Uri};

/// An HTTP server and a path on it.
#[derive(Clone, Debug)]
pub struct Target {
    /// As given; for the report.
    url: String,
    host: HeaderValue,
    path: Uri,
    /// What the host resolved to; tried in this order.
    pub addresses: Vec<SocketAddr>,
}

impl Target {
    /// The built-in server, which listens at `address`.
    pub fn embedded(address: SocketAddr) -> Self {
        let host = HeaderValue::try_from(address.to_string()).expect("an address is a valid header");
        Self { url: format!("http://{address}/"), host, path: Uri::from_static("/"), addresses: vec![address] }
    }

    /// The request; the same every time.
    pub fn request(&self) -> Request<Empty<Bytes>> {
        let mut request = Request::new(Empty::new());
        *request.uri_mut() = self.path.clone();
        request.headers_mut().insert(HOST, self.host.clone());
        request
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(url: &str) -> Result<Self, String> {
        let uri: Uri = url.parse().map_err(|error| format!("not a URL: {error}"))?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => return Err("https is not supported; this load test speaks plain HTTP/1.1".to_owned()),
            _ => return Err("a URL begins with http://".to_owned()),
        }
        let authority = uri.authority().ok_or("a URL names a host")?;
        if authority.as_str().contains('@') {
            return Err("a user name in a URL is not supported".to_owned());
        }
        let name = authority.host().trim_start_matches('[').trim_end_matches(']');
        if authority.port().is_none() && authority.as_str().len() > authority.host().len() {
            return Err("the port is not one".to_owned());
        }
        let port = authority.port_u16().unwrap_or(80);
        let addresses: Vec<_> = match (name, port).to_socket_addrs() {
            Ok(addresses) => addresses.collect(),
            Err(error) => return Err(format!("cannot resolve `{name}`: {error}")),
        };
        if addresses.is_empty() {
            return Err(format!("`{name}` has no address"));
        }
        let host =
            HeaderValue::try_from(authority.as_str()).map_err(|_| "the host is not a valid header".to_owned())?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let path = path.parse().map_err(|error| format!("not a path: {error}"))?;
        Ok(Self { url: url.to_owned(), host, path, addresses })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

//! As much of a browser as a sign-in elsewhere needs: it follows redirects from one site to the other and keeps the cookies
//! of each.

use std::{collections::BTreeMap, net::SocketAddr};

use reqwest::{Method, Response, StatusCode, Url, header, redirect};

use super::{
    client::{Client, form},
    provider::HERE,
    wait::soon,
};

/// More redirects than any sign-in takes.
const MOST_STEPS: usize = 12;

/// The browser of one person, who is somebody at the provider.
#[derive(Clone)]
pub struct Browser {
    http: reqwest::Client,
    address: SocketAddr,
    /// By site, and by name.
    cookies: BTreeMap<String, BTreeMap<String, String>>,
}

impl Browser {
    /// The browser of `who` at the provider, which reaches the server at `address` by the name that people have for it.
    pub fn new(address: SocketAddr, issuer: &str, who: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().redirect(redirect::Policy::none()).build();
        let mut browser = Self { http: http.expect("a client"), address, cookies: BTreeMap::new() };
        let provider = Url::parse(issuer).expect("a URL");
        browser.cookies.entry(site(&provider)).or_default().insert("who".to_owned(), who.to_owned());
        browser
    }

    /// One request, with the cookies of the site; those that come are kept.
    pub async fn ask(&mut self, method: Method, url: &Url, body: Option<String>) -> Response {
        let mut to = url.clone();
        if url.as_str().starts_with(HERE) {
            to.set_host(Some(&self.address.ip().to_string())).expect("a host");
            to.set_port(Some(self.address.port())).expect("a port");
        }
        let cookies = self.cookies.entry(site(url)).or_default();
        let pairs: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = self.http.request(method, to).header("accept", "text/html").header("host", site(url));
        let request = request.header("cookie", pairs.join("; "));
        let request = body.into_iter().fold(request, |request, body| {
            let request = request.header("origin", HERE).header("referer", here("/sign-in").as_str());
            request.header("content-type", "application/x-www-form-urlencoded").body(body)
        });
        let answer = soon(format!("an answer of {url}"), request.send()).await.expect("an answer");
        for cookie in answer.headers().get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("text");
            let (name, value) = cookie.split(';').next().and_then(|pair| pair.split_once('=')).expect("a pair");
            cookies.insert(name.to_owned(), value.to_owned());
            cookies.retain(|_, value| !value.is_empty());
        }
        answer
    }

    /// Presses the button that begins a sign-in: the answer.
    pub async fn press(&mut self, fields: &[(&str, &str)]) -> Response {
        let url = here("/api/begin_oidc");
        self.ask(Method::POST, &url, Some(form(fields))).await
    }

    /// Presses the button: where it leads.
    pub async fn begin(&mut self, fields: &[(&str, &str)]) -> Url {
        let answer = self.press(fields).await;
        assert_eq!(answer.status(), StatusCode::FOUND);
        target(&here("/"), &answer).expect("an address")
    }

    /// Goes through everything at the provider: the address at which it sends the person back, not visited yet.
    pub async fn authorize(&mut self, url: Url) -> Url {
        let mut url = url;
        for _ in 0..MOST_STEPS {
            if url.as_str().starts_with(HERE) {
                return url;
            }
            let answer = self.ask(Method::GET, &url, None).await;
            url = match target(&url, &answer) {
                Some(next) => next,
                None => panic!("{url} answers {}: {}", answer.status(), answer.text().await.unwrap_or_default()),
            };
        }
        panic!("the provider sends people in circles: {url}")
    }

    /// Comes back: where the server leads then.
    pub async fn arrive(&mut self, url: &Url) -> String {
        let answer = self.ask(Method::GET, url, None).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        answer.headers()[header::LOCATION].to_str().expect("text").to_owned()
    }

    /// All of it.
    pub async fn sign_in(&mut self, fields: &[(&str, &str)]) -> String {
        let to_provider = self.begin(fields).await;
        let back = self.authorize(to_provider).await;
        self.arrive(&back).await
    }

    /// A cookie that it has for the server.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(&site(&here("/")))?.get(name).map(String::as_str)
    }

    /// The same person's page, signed in as this browser is.
    pub fn client(&self, client: &Client) -> Client {
        client.with_cookie(&format!("parlance={}", self.cookie("parlance").unwrap_or("nothing")))
    }
}

/// A page of the server, by the name that people have for it.
pub fn here(path: &str) -> Url {
    Url::parse(&format!("{HERE}{path}")).expect("a URL")
}

fn target(from: &Url, answer: &Response) -> Option<Url> {
    let location = answer.headers().get(header::LOCATION)?;
    Some(from.join(location.to_str().expect("text")).expect("a URL"))
}

/// Name and port, as a request names them.
fn site(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

//! That a sign-in cannot work on a page that came in the clear.

use leptos::prelude::*;

use crate::{texts::entry::IN_THE_CLEAR, ui::handler::effect};

/// Says so, where it is so: the cookie of a session is kept over TLS, and in the clear on this machine alone. Only the
/// browser knows how the page came.
#[component]
pub(super) fn InsecureNotice() -> impl IntoView {
    let is_shown = RwSignal::new(false);
    effect(move || {
        let location = window().location();
        let (protocol, host) = (location.protocol().unwrap_or_default(), location.hostname().unwrap_or_default());
        is_shown.set(protocol == "http:" && !is_this_machine(&host));
    });
    view! {
        {move || {
            is_shown.get().then(|| view! { <p class="notice problem" role="alert">{IN_THE_CLEAR}</p> }.into_any())
        }}
    }
}

/// Whether a host, as a browser names it, is the machine that it runs on.
fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let is_named_so = bare == "localhost" || bare.ends_with(".localhost");
    is_named_so || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_needs_no_tls() {
        for host in ["localhost", "app.localhost", "127.0.0.1", "127.9.9.9", "[::1]"] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in ["", "chat.example.com", "192.168.1.7", "[2001:db8::1]", "localhost.example.com", "notlocalhost"] {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}

//! The document around every page, and the table of routes.

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::{
    SsrMode,
    components::{ParentRoute, Route, Router, Routes},
    path,
};

use crate::features::{
    chat::{ChatPage, NewChatPage},
    chats::ArchivedPage,
    layout::{Layout, NotFound},
};

/// The application. Every page is rendered whole before it is sent: it can be read without scripts.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <Routes fallback=NotFoundPage>
                <ParentRoute path=path!("") view=Layout>
                    <Route path=path!("/") view=NewChatPage ssr=SsrMode::Async />
                    <Route path=path!("/chats/new") view=NewChatPage ssr=SsrMode::Async />
                    <Route path=path!("/chats/archived") view=ArchivedPage ssr=SsrMode::Async />
                    <Route path=path!("/chats/:id") view=ChatPage ssr=SsrMode::Async />
                </ParentRoute>
            </Routes>
        </Router>
    }
}

/// An address that no route knows: outside of the frame, which needs a server that answers.
#[component]
fn NotFoundPage() -> impl IntoView {
    provide_context(crate::features::layout::Drawer::default());
    view! {
        <main id="main" class="main">
            <NotFound />
        </main>
    }
}

/// Shows the newest message before anything else has loaded.
#[cfg(feature = "ssr")]
const TO_BOTTOM_SCRIPT: &str =
    "{const s=document.querySelector('.scroller');if(s){s.scrollTop=s.scrollHeight;s.dataset.put=s.scrollTop|0}}";

/// The document, rendered on the server alone.
#[cfg(feature = "ssr")]
pub fn shell(options: LeptosOptions) -> impl IntoView {
    use http::header::CONTENT_SECURITY_POLICY;
    use leptos::nonce::use_nonce;
    use leptos_axum::ResponseOptions;
    use leptos_meta::MetaTags;

    use crate::{features::preferences::THEME_SCRIPT, server::http::security::page_policy};

    if let (Some(policy), Some(response)) = (page_policy(), use_context::<ResponseOptions>()) {
        response.insert_header(CONTENT_SECURITY_POLICY, policy);
    }
    let stylesheet = format!("/{}/{}.css", options.site_pkg_dir, options.output_name);
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta
                    name="viewport"
                    content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content"
                />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" type="image/svg+xml" href="/favicon.svg" />
                <link id="leptos" rel="stylesheet" href=stylesheet />
                <script nonce=use_nonce()>{THEME_SCRIPT}</script>
                <AutoReload options=options.clone() />
                <HydrationScripts options=options.clone() />
                <MetaTags />
            </head>
            <body>
                <App />
                <script nonce=use_nonce()>{TO_BOTTOM_SCRIPT}</script>
            </body>
        </html>
    }
}

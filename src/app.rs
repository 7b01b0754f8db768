//! The document around every page, and the table of routes.

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::{
    SsrMode,
    components::{ParentRoute, Route, Router, Routes},
    path,
};

use crate::features::{
    account::{DevicesPage, ProfilePage, tokens::TokensPage},
    asking::DefaultsPage,
    audit::AuditLogPage,
    budgets::BudgetsPage,
    catalogue::{ExpertPage, ExpertsPage, ProductPage, ProductsPage},
    chat::{ChatPage, NewChatPage},
    chats::ArchivedPage,
    entry::{EntryFrame, JoinPage, SetupPage, SignInPage, SignUpPage},
    layout::{Layout, NotFound},
    models::{ModelPage, ModelsPage},
    providers::{ProviderPage, ProvidersPage},
    recovery::{ForgotPage, ResetPage},
    tools::{McpServerPage, McpServersPage},
    usage::UsagePage,
    workspace::{MembersPage, NewWorkspacePage, WorkspacePage},
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
                    <Route path=path!("/account/tokens") view=TokensPage ssr=SsrMode::Async />
                    <Route path=path!("/account") view=ProfilePage ssr=SsrMode::Async />
                    <Route path=path!("/account/devices") view=DevicesPage ssr=SsrMode::Async />
                    <Route path=path!("/workspace/members") view=MembersPage ssr=SsrMode::Async />
                    <Route path=path!("/workspace") view=WorkspacePage ssr=SsrMode::Async />
                    <Route path=path!("/workspace/new") view=NewWorkspacePage ssr=SsrMode::Async />
                    <Route path=path!("/workspace/audit") view=AuditLogPage ssr=SsrMode::Async />
                    <Route path=path!("/workspace/defaults") view=DefaultsPage ssr=SsrMode::Async />
                    <Route path=path!("/workspace/usage") view=UsagePage ssr=SsrMode::Async />
                    <Route path=path!("/workspace/budgets") view=BudgetsPage ssr=SsrMode::Async />
                    <Route path=path!("/workspace/products") view=ProductsPage ssr=SsrMode::Async />
                    <Route path=path!("/workspace/products/:id") view=ProductPage ssr=SsrMode::Async />
                    <Route path=path!("/workspace/experts") view=ExpertsPage ssr=SsrMode::Async />
                    <Route path=path!("/workspace/experts/:id") view=ExpertPage ssr=SsrMode::Async />
                    <Route path=path!("/workspace/providers") view=ProvidersPage ssr=SsrMode::Async />
                    <Route path=path!("/workspace/providers/:id") view=ProviderPage ssr=SsrMode::Async />
                    <Route path=path!("/workspace/models") view=ModelsPage ssr=SsrMode::Async />
                    <Route path=path!("/workspace/models/:id") view=ModelPage ssr=SsrMode::Async />
                    <Route path=path!("/workspace/tools") view=McpServersPage ssr=SsrMode::Async />
                    <Route path=path!("/workspace/tools/:id") view=McpServerPage ssr=SsrMode::Async />
                </ParentRoute>
                <ParentRoute path=path!("") view=EntryFrame>
                    <Route path=path!("/setup") view=SetupPage ssr=SsrMode::Async />
                    <Route path=path!("/sign-in") view=SignInPage ssr=SsrMode::Async />
                    <Route path=path!("/forgot") view=ForgotPage ssr=SsrMode::Async />
                    <Route path=path!("/reset/:secret") view=ResetPage ssr=SsrMode::Async />
                    <Route path=path!("/sign-up") view=SignUpPage ssr=SsrMode::Async />
                    <Route path=path!("/join/:secret") view=JoinPage ssr=SsrMode::Async />
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

    use crate::{
        features::preferences::THEME_SCRIPT,
        server::{
            access::wanted_theme,
            http::{security::page_policy, stylesheet},
        },
    };

    if let (Some(policy), Some(response)) = (page_policy(), use_context::<ResponseOptions>()) {
        response.insert_header(CONTENT_SECURITY_POLICY, policy);
    }
    let stylesheet = stylesheet(&options);
    view! {
        <!DOCTYPE html>
        <html lang="en" data-account-theme=wanted_theme()>
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

//! The frame of the pages about oneself and one's workspace: what there is at the top, the page below it.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{components::A, hooks::use_location};

use super::{account::Myself, layout::DrawerToggle};
use crate::{
    domain::member::MemberRole,
    texts::{self, frame},
};

/// A page, and the least that one has to be to see it; none if it is about oneself.
struct Section {
    path: &'static str,
    name: &'static str,
    least: Option<MemberRole>,
}

const SECTIONS: [Section; 14] = [
    Section { path: "/account", name: texts::account::PROFILE, least: None },
    Section { path: "/account/devices", name: texts::account::DEVICES, least: None },
    Section { path: "/account/tokens", name: texts::tokens::HEADING, least: None },
    Section { path: "/workspace", name: texts::workspace::WORKSPACE, least: Some(MemberRole::Viewer) },
    Section { path: "/workspace/members", name: texts::members::HEADING, least: Some(MemberRole::Viewer) },
    Section { path: "/workspace/products", name: texts::catalogue::PRODUCTS, least: Some(MemberRole::Admin) },
    Section { path: "/workspace/experts", name: texts::catalogue::EXPERTS, least: Some(MemberRole::Admin) },
    Section { path: "/workspace/providers", name: texts::providers::PROVIDERS, least: Some(MemberRole::Admin) },
    Section { path: "/workspace/models", name: texts::models::MODELS, least: Some(MemberRole::Admin) },
    Section { path: "/workspace/tools", name: texts::tools::TOOLS, least: Some(MemberRole::Admin) },
    Section { path: "/workspace/defaults", name: texts::asking::DEFAULTS, least: Some(MemberRole::Admin) },
    Section { path: "/workspace/usage", name: texts::usage::USAGE, least: Some(MemberRole::Viewer) },
    Section { path: "/workspace/budgets", name: texts::budgets::BUDGETS, least: Some(MemberRole::Admin) },
    Section { path: "/workspace/audit", name: texts::audit::AUDIT_LOG, least: Some(MemberRole::Owner) },
];

/// A page about oneself or one's workspace.
#[component]
pub fn SettingsPage(
    /// What the page is about.
    heading: &'static str,
    /// What is on it.
    children: Children,
) -> impl IntoView {
    view! {
        <Title text=frame::title(heading) />
        <header class="chat-header">
            <DrawerToggle />
            <h1>{heading}</h1>
        </header>
        <div class="settings">
            <Sections />
            {children()}
        </div>
    }
    .into_any()
}

#[component]
fn Sections() -> impl IntoView {
    let myself = expect_context::<Myself>();
    let path = use_location().pathname;
    view! {
        <nav class="sections" aria-label=frame::SETTINGS>
            <Transition>
                {move || Suspend::new(async move {
                    let role = myself.me.await.ok().and_then(|me| me.membership().map(|membership| membership.role));
                    SECTIONS
                        .iter()
                        .filter(|section| section.least.is_none_or(|least| role >= Some(least)))
                        .map(|section| {
                            let here = section.path;
                            let current = move || (path.get() == here).then_some("page");
                            view! { <A href=here exact=true attr:aria-current=current>{section.name}</A> }.into_any()
                        })
                        .collect_view()
                        .into_any()
                })}
            </Transition>
        </nav>
    }
    .into_any()
}

//! The frame of the pages about oneself and one's workspace: what there is at the top, the page below it.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{components::A, hooks::use_location};

use super::{account::Myself, layout::DrawerToggle};
use crate::domain::member::MemberRole;

/// A page, and the least that one has to be to see it; none if it is about oneself.
struct Section {
    path: &'static str,
    name: &'static str,
    least: Option<MemberRole>,
}

const SECTIONS: [Section; 14] = [
    Section { path: "/account", name: "Profile", least: None },
    Section { path: "/account/devices", name: "Devices", least: None },
    Section { path: "/account/tokens", name: "API tokens", least: None },
    Section { path: "/workspace", name: "Workspace", least: Some(MemberRole::Viewer) },
    Section { path: "/workspace/members", name: "Members", least: Some(MemberRole::Viewer) },
    Section { path: "/workspace/products", name: "Products", least: Some(MemberRole::Admin) },
    Section { path: "/workspace/experts", name: "Experts", least: Some(MemberRole::Admin) },
    Section { path: "/workspace/providers", name: "Providers", least: Some(MemberRole::Admin) },
    Section { path: "/workspace/models", name: "Models", least: Some(MemberRole::Admin) },
    Section { path: "/workspace/tools", name: "Tools", least: Some(MemberRole::Admin) },
    Section { path: "/workspace/defaults", name: "Defaults", least: Some(MemberRole::Admin) },
    Section { path: "/workspace/usage", name: "Usage", least: Some(MemberRole::Viewer) },
    Section { path: "/workspace/budgets", name: "Budgets", least: Some(MemberRole::Admin) },
    Section { path: "/workspace/audit", name: "Audit log", least: Some(MemberRole::Owner) },
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
        <Title text=format!("{heading} · Parlance") />
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
        <nav class="sections" aria-label="Settings">
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

//! Who sees what of usage, as a page and as a file.

use parlance::domain::{id::WorkspaceId, member::MemberRole, usage::UsageReport};
use reqwest::{Method, StatusCode};

use crate::support::{
    app::TestApp,
    client::Client,
    database::{change, value},
    html::{attribute, tags},
    script::Script,
    spending::{cost, price},
    wait::{soon, within_one_day},
};

/// An owner and a member who have asked something each, twice and once.
async fn used() -> (TestApp, Client, Client) {
    within_one_day().await;
    let app = TestApp::with_sign_in().await;
    price(&app.database()).await;
    app.upstream.answer_with(|_| Some(Script::reply("Hello.")));
    let ada = app.client.set_up().await;
    let grace = ada.member(&app.database(), "=Grace", MemberRole::Member).await;
    ada.ask("One").await;
    ada.ask("Two").await;
    grace.ask("Three").await;
    (app, ada, grace)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn admins_see_what_everybody_used_and_others_what_they_used() {
    let (app, ada, grace) = used().await;
    let all = ada.usage().await;
    assert!(all.everybody);
    assert_eq!((all.sums.requests, all.sums.cost.0), (3, 3 * cost(7, 5)));
    let people: Vec<_> = all.people.iter().map(|share| (share.name.as_str(), share.sums.requests)).collect();
    assert_eq!(people, [("Ada Lovelace", 2), ("=Grace", 1)]);
    assert_eq!(all.models.iter().map(|share| share.name.as_str()).collect::<Vec<_>>(), ["test-model"]);
    assert_eq!(all.days.len(), 1);

    let own = grace.usage().await;
    assert!(!own.everybody);
    assert_eq!((own.sums.requests, own.people.len(), own.people[0].name.as_str()), (1, 1, "=Grace"));
    let page = grace.page("/workspace/usage").await;
    assert!(!page.contains("Ada Lovelace</"), "{page}");

    let viewer = ada.member(&app.database(), "Vera", MemberRole::Viewer).await;
    assert_eq!(viewer.usage().await.sums.requests, 0);
    let eve = ada.stranger(&app.database(), "Eve").await;
    assert_eq!(eve.usage().await.sums.requests, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn days_are_chosen_by_period_or_by_name() {
    let (app, ada, _) = used().await;
    change(&app.database(), "UPDATE usage_days SET day = day - 3 WHERE requests = 1").await;
    let asked = async |fields: &[(&str, &str)]| -> UsageReport { ada.call("usage", fields).await.unwrap() };
    assert_eq!(asked(&[("period", "today")]).await.sums.requests, 2);
    let week = asked(&[("period", "week")]).await;
    assert_eq!((week.sums.requests, week.days.len()), (3, 2));
    assert!(week.days[0].name > week.days[1].name, "the newest first");
    let (from, to) = (week.days[1].name.as_str(), week.days[1].name.as_str());
    assert_eq!(asked(&[("from", from), ("to", to), ("period", "today")]).await.sums.requests, 1);
    assert_eq!(asked(&[("from", "2020-01-01"), ("to", "2020-12-31")]).await.sums.requests, 0);
    for (from, to) in [("2026-13-01", ""), ("2026-01-02", "2026-01-01"), ("2020-01-01", "2021-01-01")] {
        let refusal = ada.call::<UsageReport>("usage", &[("from", from), ("to", to)]).await.unwrap_err();
        assert_eq!(refusal.status, StatusCode::UNPROCESSABLE_ENTITY, "{from} {to}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_draws_what_its_tables_say_and_works_without_scripts() {
    let (_app, ada, _) = used().await;
    let page = ada.page("/workspace/usage").await;
    let charts: Vec<_> = tags(&page, "svg").into_iter().filter(|tag| tag.contains(r#"role="img""#)).collect();
    assert_eq!(charts.len(), 3, "{page}");
    for chart in charts {
        let title = attribute(chart, "aria-labelledby").unwrap();
        assert!(page.contains(&format!(r#"<title id="{title}">"#)), "{title}");
    }
    assert!(page.contains("<h2>By day") && page.contains("<h2>By person") && page.contains("<h2>By model"));
    assert!(page.contains("Ada Lovelace") && page.contains("36"), "{page}");
    let links: Vec<_> = tags(&page, "a").into_iter().filter(|tag| tag.contains("aria-current=\"true\"")).collect();
    assert_eq!(links.len(), 2, "a period and what is drawn: {links:?}");
    let by_tokens = ada.page("/workspace/usage?period=week&measure=tokens").await;
    assert!(by_tokens.contains("By day: tokens"), "{by_tokens}");
    let refused = ada.get("/workspace/usage?from=tomorrow").await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = refused.text().await.unwrap();
    assert!(page.contains("A day is written like 2026-11-21.") && page.contains(r#"name="from""#), "{page}");
    assert!(ada.page("/workspace/usage?from=2020-01-01&to=2020-01-01").await.contains("Nothing was used"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_file_has_the_same_figures_no_formulas_and_a_line_in_the_audit_log() {
    let (_app, ada, grace) = used().await;
    let answer = ada.get("/workspace/usage.csv?period=today").await;
    assert_eq!(answer.status(), StatusCode::OK);
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "text/csv; charset=utf-8");
    assert!(header("content-disposition").starts_with("attachment; filename=\"usage-"));
    let text = answer.text().await.unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(lines[0].starts_with("day,person,email,provider,model,replies,"));
    assert!(text.contains(",'=Grace,") && text.contains(",test-model,2,14,10,0,0,24,0.0000081,0"), "{text}");
    let theirs = grace.page("/workspace/usage.csv").await;
    assert_eq!(theirs.lines().count(), 2, "{theirs}");
    assert!(ada.page("/workspace/audit?action=exported").await.contains("usage as CSV"));
    let refused = ada.get("/workspace/usage.csv?from=tomorrow").await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let refused = ada.get("/workspace/usage.csv?workspace=nonsense").await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_other_site_has_a_browser_take_the_file_and_write_into_the_audit_log() {
    let (app, ada, _) = used().await;
    let taken = "SELECT count(*) FROM audit_entries WHERE action = 'exported'";
    let ask = async |site: &str| {
        let request = ada.request(Method::GET, "/workspace/usage.csv").header("sec-fetch-site", site);
        let answer = soon("an answer", request.send()).await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    for site in ["cross-site", "same-site"] {
        let (status, said) = ask(site).await;
        assert!(status == StatusCode::FORBIDDEN && said.contains("another site"), "{site}: {status} {said}");
    }
    assert_eq!(value(&app.database(), taken).await, 0);
    for site in ["same-origin", "none"] {
        assert_eq!(ask(site).await.0, StatusCode::OK, "{site}");
    }
    assert_eq!(value(&app.database(), taken).await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_file_is_of_the_workspace_that_the_page_shows_whatever_another_tab_shows_by_now() {
    let (_app, ada, _) = used().await;
    let page = ada.page("/workspace/usage").await;
    let links: Vec<_> = tags(&page, "a").into_iter().filter_map(|tag| attribute(tag, "href")).collect();
    let link = links.iter().find(|link| link.contains("usage.csv")).unwrap().replace("&amp;", "&");
    ada.call::<WorkspaceId>("create_workspace", &[("name", "Sales")]).await.unwrap();
    assert_eq!(ada.page("/workspace/usage.csv").await.lines().count(), 1, "nothing was used there");
    assert_eq!(ada.page(&link).await.lines().count(), 3, "{link}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_of_budgets_shows_how_they_stand_and_takes_plain_forms() {
    let (_app, ada, grace) = used().await;
    ada.budget("everybody", "dollars", "2.50", true).await;
    let page = ada.page("/workspace/budgets").await;
    assert!(page.contains("$2.50 a month for everybody"), "{page}");
    for action in ["/api/make_budget", "/api/change_budget", "/api/delete_budget"] {
        assert!(page.contains(&format!(r#"action="{action}""#)), "{action}");
    }
    let page = grace.page("/workspace/usage").await;
    assert!(page.contains("Your budgets") && page.contains("$0.000004 of $2.50 used, $2.50 left"), "{page}");
}

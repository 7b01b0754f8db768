//! Products and sales experts of a workspace: who keeps them, who sees them, what becomes of those in use.

use parlance::{
    domain::{
        error::AppError,
        id::ProductId,
        limits::{CATALOGUE_ITEMS, FACTS_CHARS, INSTRUCTIONS_CHARS},
        member::MemberRole,
        model::ModelRef,
    },
    server::access::FIRST_WORKSPACE,
};
use reqwest::StatusCode;

use crate::support::{
    app::TestApp,
    client::accepted,
    database::{change, value},
    html::{form, hidden_fields, tags},
    people::error_of,
    picture::PNG,
    script::Script,
    wait::soon,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn admins_keep_products_and_experts_and_members_see_them() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    let admin = app.client.member(&app.database(), "Grace", MemberRole::Admin).await;
    let (engine, hopper) = (ada.product("engine", "500 kg").await, admin.expert("Hopper", "Be brief.", "").await);
    // Twice is as good as once, and changes what is there.
    admin.save_product(engine, "Engine", "600 kg").await.unwrap();
    admin.save_product(engine, "Engine", "600 kg").await.unwrap();
    for role in [MemberRole::Member, MemberRole::Viewer] {
        let person = app.client.member(&app.database(), role.as_str(), role).await;
        let products = person.products(false).await.unwrap();
        assert_eq!(products.iter().map(|one| (one.id, one.name.as_str())).collect::<Vec<_>>(), [(engine, "Engine")]);
        assert_eq!(person.experts(false).await.unwrap()[0].full_name(), "Hopper, Adviser");
        for refused in [
            person.save_product(engine, "Mine", "").await,
            person.save_expert(hopper, "Mine", "", "").await,
            person.order("delete_product", &[("product", &engine.to_string())]).await,
            person.order("restore_expert", &[("expert", &hopper.to_string())]).await,
            person.order("load_product", &[("product", &engine.to_string())]).await,
            person.order("remove_portrait", &[("expert", &hopper.to_string())]).await,
            person.products(true).await.map(drop),
        ] {
            assert_eq!(refused.unwrap_err().status, StatusCode::FORBIDDEN, "{role:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_of_another_workspace_is_not_there() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    let (engine, hopper) = (ada.product("Engine", "500 kg").await, ada.expert("Hopper", "Be brief.", "").await);
    let stranger = app.client.stranger(&app.database(), "Mallory").await;
    assert!(stranger.products(true).await.unwrap().is_empty() && stranger.experts(true).await.unwrap().is_empty());
    let (product, expert) = (engine.to_string(), hopper.to_string());
    for refused in [
        stranger.save_product(engine, "Mine", "").await,
        stranger.save_expert(hopper, "Mine", "", "").await,
        stranger.order("load_product", &[("product", &product)]).await,
        stranger.order("load_expert", &[("expert", &expert)]).await,
        stranger.order("delete_product", &[("product", &product)]).await,
        stranger.order("delete_expert", &[("expert", &expert)]).await,
        stranger.order("restore_product", &[("product", &product)]).await,
        stranger.order("restore_expert", &[("expert", &expert)]).await,
        stranger.order("remove_portrait", &[("expert", &expert)]).await,
    ] {
        assert_eq!(error_of(refused.unwrap_err()), AppError::NotFound);
    }
    assert_eq!(ada.products(true).await.unwrap()[0].name, "Engine");
    assert_eq!(ada.experts(true).await.unwrap()[0].name, "Hopper");
    for path in [format!("/workspace/products/{product}"), format!("/workspace/experts/{expert}")] {
        assert_eq!(stranger.get(&path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_chats_use_is_archived_and_can_be_had_back_and_others_are_gone() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    let (used, unused) = (ada.product("Engine", "500 kg").await, ada.product("Loom", "").await);
    let expert = ada.expert("Hopper", "Be brief.", "").await;
    app.upstream.answer(Script::reply("Hello."));
    let started = ada.start_with("Hello", Some(used), Some(expert)).await.unwrap();
    ada.follow_to_end(started.reply, 0).await;
    for product in [used, unused, used] {
        ada.order("delete_product", &[("product", &product.to_string())]).await.unwrap();
    }
    ada.order("delete_expert", &[("expert", &expert.to_string())]).await.unwrap();
    assert!(ada.products(false).await.unwrap().is_empty() && ada.experts(false).await.unwrap().is_empty());
    let archived = ada.products(true).await.unwrap();
    assert_eq!(archived.iter().map(|one| (one.id, one.archived)).collect::<Vec<_>>(), [(used, true)]);
    let gone = ada.order("delete_product", &[("product", &unused.to_string())]).await.unwrap_err();
    assert_eq!(error_of(gone), AppError::NotFound);
    for (product, expert) in [(Some(used), None), (None, Some(expert)), (Some(unused), None)] {
        let refusal = ada.start_with("Again", product, expert).await.unwrap_err();
        assert!(matches!(error_of(refusal), AppError::Invalid { .. }));
    }
    assert_eq!(ada.chats(false).await.len(), 1);

    for (page, function) in [("products", "restore_product"), ("experts", "restore_expert")] {
        let page = ada.page(&format!("/workspace/{page}")).await;
        let fields = hidden_fields(form(&page, &format!("/api/{function}")));
        // As the page was of this workspace, whatever another tab shows by now.
        assert!(fields.contains(&("workspace", FIRST_WORKSPACE.to_string().as_str())), "{fields:?}");
        // Twice is as good as once.
        ada.order(function, &fields).await.unwrap();
        ada.order(function, &fields).await.unwrap();
    }
    app.upstream.answer(Script::reply("Hello again."));
    ada.start_with("Again", Some(used), Some(expert)).await.unwrap();
    let entries = "SELECT count(*) FROM audit_entries WHERE action IN ('product_deleted', 'expert_deleted')
         AND subject IN ('Engine', 'Loom', 'Hopper') AND workspace_id IS NOT NULL AND user_id IS NOT NULL";
    assert_eq!(value(&app.database(), entries).await, 4);
    let entries = "SELECT count(*) FROM audit_entries WHERE action IN ('product_restored', 'expert_restored')
         AND subject IN ('Engine', 'Hopper') AND workspace_id IS NOT NULL AND user_id IS NOT NULL";
    assert_eq!(value(&app.database(), entries).await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_fit_is_refused_with_what_is_wrong() {
    let app = TestApp::start().await;
    let (product, client) = (ProductId::new(), &app.client);
    for (name, facts, said) in [
        (" ", String::new(), "Name: 1 to 100 characters."),
        (&*"x".repeat(101), String::new(), "Name: 1 to 100 characters."),
        ("Engine", "x".repeat(FACTS_CHARS + 1), "Facts: at most 20000 characters."),
    ] {
        let error = error_of(client.save_product(product, name, &facts).await.unwrap_err());
        assert!(error.to_string().starts_with(said), "{error}");
    }
    let expert = client.save_expert(Default::default(), "Hopper", &"x".repeat(INSTRUCTIONS_CHARS + 1), "").await;
    assert!(error_of(expert.unwrap_err()).to_string().starts_with("Instructions: at most 20000 characters."));
    assert!(client.products(true).await.unwrap().is_empty() && client.experts(true).await.unwrap().is_empty());
    client.save_product(product, "Engine", &"🗼".repeat(FACTS_CHARS)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_chooses_an_expert_knows_which_model_answers_for_them() {
    let app = TestApp::start().await;
    let expert = app.client.expert("Hopper", "Be brief.", " their-model ").await;
    let model = async || app.client.experts(false).await.unwrap().remove(0).model;
    assert_eq!(model().await, Some(ModelRef { provider: None, model: "their-model".to_owned() }));
    let page = app.client.page(&format!("/workspace/experts/{expert}")).await;
    assert!(page.contains(r#"value="their-model""#), "{page}");
    app.client.save_expert(expert, "Hopper", "Be brief.", "").await.unwrap();
    assert_eq!(model().await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_workspace_takes_no_more_but_what_is_there_can_be_changed() {
    let app = TestApp::start().await;
    let product = app.client.product("The first", "").await;
    let more = format!(
        "WITH RECURSIVE more (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more WHERE n < {CATALOGUE_ITEMS} - 1)
         INSERT INTO products (id, workspace_id, name, description, facts, created_at, updated_at)
         SELECT substr(p.id, 1, 24) || CAST(100000000000 + n AS TEXT), p.workspace_id, 'x', '', '', 0, 0
         FROM more, products p"
    );
    change(&app.database(), &more).await;
    let error = error_of(app.client.save_product(ProductId::new(), "One more", "").await.unwrap_err());
    assert!(error.to_string().contains("as many of them as it can have"), "{error}");
    app.client.save_product(product, "The first, renamed", "").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stands_in_a_field_does_not_end_it() {
    let app = TestApp::start().await;
    let facts = "</textarea><form action=\"https://elsewhere.example\">& <b>";
    let product = app.client.product("Engine", facts).await;
    let html = app.client.page(&format!("/workspace/products/{product}")).await;
    assert!(!html.contains("</textarea><form") && !html.contains("<b>"), "{html}");
    assert!(html.contains("&lt;/textarea&gt;&lt;form"), "{html}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plain_form_adds_a_product_and_leads_back_to_the_list() {
    let app = TestApp::start().await;
    let page = app.client.page("/workspace/products/new").await;
    let mut fields = hidden_fields(form(&page, "/api/save_product"));
    fields.extend([("name", "Engine"), ("description", "A machine.\r\nOf brass."), ("facts", "")]);
    let request = app.client.post("save_product", &fields).header("accept", "text/html").send();
    let answer = soon("an answer", request).await.unwrap();
    assert_eq!(answer.headers()["location"], "/workspace/products");
    let id = app.client.products(false).await.unwrap()[0].id;
    assert!(app.client.page("/workspace/products").await.contains(&format!("/workspace/products/{id}")));
    let page = app.client.page(&format!("/workspace/products/{id}")).await;
    assert!(page.contains("A machine.\nOf brass.</textarea>"), "{page}");
    for nonsense in ["/workspace/products/x", "/workspace/experts/x"] {
        assert_eq!(app.client.get(nonsense).await.status(), StatusCode::NOT_FOUND, "{nonsense}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expert_has_a_portrait_that_goes_with_them() {
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    let expert = ada.expert("Hopper", "Be brief.", "").await;
    let page = ada.page(&format!("/workspace/experts/{expert}")).await;
    let fields = hidden_fields(form(&page, "/api/set_portrait"));
    let send = async || {
        let request = ada.upload("set_portrait", &fields, ("picture", PNG));
        accepted(soon("an answer", request.send()).await.unwrap()).await
    };
    send().await.unwrap();
    let portrait = ada.experts(false).await.unwrap()[0].portrait.unwrap();
    let picture = ada.get(&format!("/images/{portrait}")).await;
    assert_eq!((picture.status(), &picture.headers()["content-type"]), (StatusCode::OK, &"image/png".parse().unwrap()));
    let page = ada.page("/workspace/experts").await;
    assert!(tags(&page, "img").iter().any(|tag| tag.contains(&format!("/images/{portrait}"))), "{page}");
    // Saved again, the expert keeps it; another one takes its place.
    ada.save_expert(expert, "Grace Hopper", "Be brief.", "").await.unwrap();
    assert_eq!(ada.experts(false).await.unwrap()[0].portrait, Some(portrait));
    send().await.unwrap();
    assert_eq!(ada.get(&format!("/images/{portrait}")).await.status(), StatusCode::NOT_FOUND);
    let elsewhere = app.client.stranger(&app.database(), "Mallory").await;
    let again = ada.experts(false).await.unwrap()[0].portrait.unwrap();
    assert_eq!(elsewhere.get(&format!("/images/{again}")).await.status(), StatusCode::NOT_FOUND);
    ada.order("delete_expert", &[("expert", &expert.to_string())]).await.unwrap();
    assert_eq!(value(&app.database(), "SELECT count(*) FROM images").await, 0);
}

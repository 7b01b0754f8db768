//! What a browser is told about a page, what other sites may not do, and what text may not become.

use parlance::domain::id::{ChatId, MessageId};
use reqwest::{Method, Response, StatusCode, header::HeaderMap};

use crate::support::{
    app::TestApp,
    html::{attribute, tags},
    script::Script,
};

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The words of a directive of the page's policy.
fn directive<'a>(policy: &'a str, name: &str) -> Vec<&'a str> {
    let mut directives = policy.split(';').map(|part| part.split_whitespace().collect::<Vec<_>>());
    directives.find(|words| words.first() == Some(&name)).map(|words| words[1..].to_vec()).unwrap_or_default()
}

fn nonce(policy: &str) -> String {
    let script = directive(policy, "script-src");
    let nonce = script.iter().find_map(|word| word.strip_prefix("'nonce-")?.strip_suffix('\''));
    nonce.unwrap_or_else(|| panic!("no nonce in {policy:?}")).to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_tells_the_browser_to_be_careful() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::reply("Hello."));
    let (started, _) = app.client.ask("Hello").await;
    let chat = format!("/chats/{}", started.chat);
    let mut answers = vec![app.client.post("list_chats", &[("archived", "false")]).send().await.unwrap()];
    answers.push(app.client.post("list_chats", &[]).send().await.unwrap());
    for path in ["/", &chat, "/nowhere", "/healthz", "/api/nowhere", "/pkg/nowhere.js"] {
        answers.push(app.client.get(path).await);
    }
    for answer in answers {
        let (url, headers) = (answer.url().clone(), answer.headers());
        assert_eq!(header(headers, "x-content-type-options"), "nosniff", "{url}");
        assert!(matches!(header(headers, "referrer-policy"), "no-referrer" | "same-origin" | "strict-origin"), "{url}");
        let policy = header(headers, "content-security-policy");
        let framed = header(headers, "x-frame-options") == "DENY" || directive(policy, "frame-ancestors") == ["'none'"];
        assert!(framed, "{url} may be framed: {policy:?}");
        assert_eq!(header(headers, "access-control-allow-origin"), "", "{url}");
        assert_eq!(header(headers, "server"), "", "{url}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_runs_only_what_the_server_put_into_it() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::reply("Hello."));
    let (started, _) = app.client.ask("Hello").await;
    let mut nonces = Vec::new();
    for path in ["/".to_owned(), "/".to_owned(), format!("/chats/{}", started.chat), "/nowhere".to_owned()] {
        let answer = app.client.get(&path).await;
        let policy = header(answer.headers(), "content-security-policy").to_owned();
        let scripts = directive(&policy, "script-src");
        for word in ["'strict-dynamic'", "'wasm-unsafe-eval'"] {
            assert!(scripts.contains(&word), "{policy}");
        }
        assert!(!scripts.contains(&"'unsafe-inline'") && !scripts.contains(&"'unsafe-eval'"), "{policy}");
        assert!(!directive(&policy, "style-src").contains(&"'unsafe-inline'"), "{policy}");
        assert_eq!(directive(&policy, "img-src"), ["'self'", "data:", "blob:"], "{policy}");
        assert_eq!(directive(&policy, "object-src"), ["'none'"], "{policy}");
        assert!(matches!(directive(&policy, "base-uri")[..], ["'none'" | "'self'"]), "{policy}");
        assert!(matches!(directive(&policy, "form-action")[..], ["'self'"]), "{policy}");
        // Live reload adds a socket of its own while one develops.
        assert!(directive(&policy, "connect-src").contains(&"'self'"), "{policy}");
        assert!(matches!(directive(&policy, "default-src")[..], ["'none'" | "'self'"]), "{policy}");

        let nonce = nonce(&policy);
        let html = answer.text().await.unwrap();
        let scripts = tags(&html, "script");
        assert!(!scripts.is_empty(), "{html}");
        for tag in scripts.into_iter().chain(tags(&html, "style")) {
            assert_eq!(attribute(tag, "nonce"), Some(nonce.as_str()), "{tag}");
        }
        nonces.push(nonce);
    }
    nonces.sort();
    nonces.dedup();
    assert_eq!(nonces.len(), 4, "a nonce is used once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_asks_nothing_of_other_hosts() {
    let app = TestApp::start().await;
    let text = "![a](https://evil.example/a.png) [b](https://good.example/b) <img src=\"https://evil.example/c.png\">";
    app.upstream.answer(Script::reply(text));
    let (started, _) = app.client.ask(text).await;
    let html = app.client.chat_page(started.chat).await;
    for name in ["img", "script", "link", "iframe", "video", "audio", "source", "object", "embed"] {
        for tag in tags(&html, name) {
            for source in ["src", "href", "srcset", "data"].iter().filter_map(|source| attribute(tag, source)) {
                let own = source.starts_with('/') && !source.starts_with("//") || source.starts_with("data:");
                assert!(own, "{tag}");
            }
        }
    }
    let links = tags(&html, "a");
    let outside: Vec<&&str> =
        links.iter().filter(|tag| attribute(tag, "href").is_some_and(|to| to.contains("://"))).collect();
    assert_eq!(outside.len(), 2, "{outside:?}");
    for tag in outside {
        let rel = attribute(tag, "rel").unwrap_or_default();
        assert!(["noopener", "noreferrer", "nofollow"].iter().all(|word| rel.contains(word)), "{tag}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_people_and_models_write_never_becomes_part_of_the_page() {
    let app = TestApp::start().await;
    let attacks = [
        "<script>alert(1)</script>",
        "</script><script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "</textarea><svg onload=alert(1)>",
        "</title><iframe srcdoc='<script>alert(1)</script>'>",
        "<!--<script>",
        "[click](javascript:alert(1)) [click](data:text/html,<script>alert(1)</script>)",
        "\"><svg onload=alert(1)>",
        "```\"><svg onload=alert(1)>\n</code></pre><svg onload=alert(1)>\n```",
        "\u{2028}</script>",
    ];
    for attack in attacks {
        app.upstream.answer(Script::stream().reasoning(attack).text(attack).finish("stop").done());
        let (started, seen) = app.client.ask(attack).await;
        assert_eq!(seen.text(), attack);
        app.client.rename(started.chat, attack).await.unwrap();
        let clean = app.client.chat_page(started.chat).await;
        for evil in [
            "<script>alert",
            "<svg onload",
            "<iframe",
            "<img src=x",
            "href=\"javascript:",
            "href=\"data:",
            "<!--<script",
        ] {
            assert!(!clean.contains(evil), "{attack:?} became {evil:?} in {clean}");
        }
        // Every script still is the server's own, so none was closed or opened by the text.
        assert!(tags(&clean, "script").iter().all(|tag| attribute(tag, "nonce").is_some()), "{clean}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_sites_cannot_do_anything_here() {
    let app = TestApp::start().await;
    app.upstream.answer_with(|_| Some(Script::reply("Hello.")));
    let (started, _) = app.client.ask("Hello").await;
    let (chat, reply, id) = (started.chat.to_string(), started.reply.to_string(), MessageId::new().to_string());
    let elsewhere = ChatId::new().to_string();
    let functions: [(&str, &[(&str, &str)]); 7] = [
        ("start_chat", &[("chat", &elsewhere), ("message", &id), ("text", "Spam")]),
        ("send_message", &[("chat", &chat), ("message", &id), ("text", "Spam")]),
        ("regenerate_reply", &[("reply", &reply), ("message", &id)]),
        ("rename_chat", &[("chat", &chat), ("title", "Spam")]),
        ("archive_chat", &[("chat", &chat), ("archived", "true")]),
        ("delete_chat", &[("chat", &chat)]),
        ("load_chat", &[("chat", &chat)]),
    ];
    let other_port = "http://127.0.0.1:1".to_owned();
    let sites: [&[(&str, &str)]; 5] = [
        &[("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")],
        &[("origin", "https://evil.example")],
        &[("sec-fetch-site", "cross-site")],
        &[("origin", "null"), ("sec-fetch-site", "cross-site")],
        &[("origin", &other_port), ("sec-fetch-site", "same-site")],
    ];
    for (function, fields) in functions {
        for site in sites {
            let mut request = app.client.post(function, fields);
            for (name, value) in site {
                request = request.header(*name, *value);
            }
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{function} from {site:?}");
        }
    }
    let chats = app.client.chats(false).await;
    assert_eq!((chats.len(), chats[0].title.as_str()), (1, "Hello"));
    assert_eq!(app.client.chat(started.chat).await.messages.len(), 2);
    assert_eq!(app.upstream.calls(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_itself_can() {
    let app = TestApp::start().await;
    let request = app.client.post("list_chats", &[("archived", "false")]);
    let answer =
        request.header("origin", app.client.origin()).header("sec-fetch-site", "same-origin").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_changes_nothing() {
    let app = TestApp::start().await;
    app.upstream.answer_with(|_| Some(Script::reply("Hello.")));
    let (started, _) = app.client.ask("Hello").await;
    let (chat, message) = (ChatId::new(), MessageId::new());
    let paths = [
        format!("/api/start_chat?chat={chat}&message={message}&text=Spam"),
        format!("/api/send_message?chat={}&message={message}&text=Spam", started.chat),
        format!("/api/delete_chat?chat={}", started.chat),
        format!("/api/rename_chat?chat={}&title=Spam", started.chat),
    ];
    for path in paths {
        for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE] {
            let answer: Response = app.client.request(method, &path).send().await.unwrap();
            assert!(answer.status().is_client_error(), "{path}: {}", answer.status());
        }
    }
    assert_eq!(app.client.chats(false).await.len(), 1);
    assert_eq!(app.client.said(started.chat).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_elsewhere_puts_words_into_our_pages() {
    let app = TestApp::with_sign_in().await;
    app.client.set_up().await;
    let form = app.client.request(Method::POST, "/api/sign_in").header("accept", "text/html");
    let refused = form
        .header("content-type", "application/x-www-form-urlencoded")
        .body("email=ada%40example.com&password=not-the-one");
    let answer = refused.header("referer", format!("{}/sign-in", app.client.origin())).send().await.unwrap();
    let to = header(answer.headers(), "location").strip_prefix(app.client.origin()).unwrap().to_owned();
    assert!(to.contains("__err="), "{to}");
    let from = async |site: Option<&str>| {
        let request = app.client.request(Method::GET, &to).header("accept", "text/html");
        site.into_iter().fold(request, |request, site| request.header("sec-fetch-site", site)).send().await.unwrap()
    };
    for ours in [None, Some("same-origin")] {
        assert!(from(ours).await.text().await.unwrap().contains("The email address or the password is wrong."));
    }
    for foreign in ["cross-site", "same-site", "none"] {
        let answer = from(Some(foreign)).await;
        assert_eq!(
            (answer.status(), header(answer.headers(), "location")),
            (StatusCode::SEE_OTHER, "/sign-in"),
            "{foreign}"
        );
    }
    assert!(!app.client.page("/sign-in").await.contains("role=\"alert\""));
}

//! A setting that makes no sense stops the start with a sentence that names it; a secret is not in the sentence.

use std::net::TcpListener;

use crate::support::{process::Launch, script::Script, upstream::Upstream};

/// The server does not start, and says why in a few lines.
async fn fails_naming(launch: Launch, name: &str) -> String {
    let (status, said) = launch.fails().await;
    assert!(!status.success(), "{said}");
    assert!(said.contains(name), "{name} is not named in {said:?}");
    assert!(!said.contains("panicked") && said.lines().count() < 10, "{said}");
    said
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_value_is_named() {
    let upstream = Upstream::start().await;
    let wrong = [
        ("DATABASE_URL", "mysql://localhost/parlance"),
        ("DATABASE_URL", "sqlite::memory:"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "postgres://user:secret@127.0.0.1"),
        ("DATABASE_URL", "postgres://user@127.0.0.1/name?sslpassword=secret"),
        ("PARLANCE_DATABASE_CONNECTIONS", "0"),
        ("LEPTOS_SITE_ADDR", "localhost"),
        ("LEPTOS_SITE_ADDR", "127.0.0.1:99999"),
        ("OPENAI_BASE_URL", "127.0.0.1:11434/v1"),
        ("OPENAI_BASE_URL", "ftp://127.0.0.1/v1"),
        ("OPENAI_BASE_URL", "http://127.0.0.1/v1?key=1"),
        ("OPENAI_MODEL", ""),
        ("OPENAI_API_KEY", "sk-two words"),
        ("PARLANCE_HOSTS", "chat.example.com, https://chat.example.com"),
        ("PARLANCE_HOSTS", "chat.example.com:443"),
        ("PARLANCE_CONNECTIONS_PER_ADDRESS", "0"),
        ("PARLANCE_CONNECTIONS_PER_ADDRESS", "many"),
        ("PARLANCE_PROXIES", "127.0.0.1, proxy.internal"),
        ("PARLANCE_PROXIES", "10.0.0.0/33"),
        ("PARLANCE_PROXIES", "0.0.0.0/0"),
        ("PARLANCE_CONCURRENCY", "0"),
        ("PARLANCE_CONCURRENCY", "many"),
        ("PARLANCE_CONNECT_TIMEOUT", "soon"),
        ("PARLANCE_CONNECT_TIMEOUT", "0"),
        ("PARLANCE_FIRST_BYTE_TIMEOUT", "-1"),
        ("PARLANCE_IDLE_TIMEOUT", "nan"),
        ("PARLANCE_MAX_REPLY_BYTES", "1"),
        ("PARLANCE_LOG", "parlance=loud"),
        ("PARLANCE_LOG_FORMAT", "xml"),
    ];
    for (name, value) in wrong {
        let said = fails_naming(Launch::new(&upstream).variable(name, value), name).await;
        assert!(!said.contains("secret"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_in_a_wrong_value_is_not_repeated() {
    let upstream = Upstream::start().await;
    let secrets = [
        ("DATABASE_URL", "mysql://me:hunter2@db/parlance"),
        ("OPENAI_API_KEY", "hunter2 hunter2"),
        ("OPENAI_ACCESS_TOKEN", "hunter2 hunter2"),
        ("OPENAI_BASE_URL", "https://me:hunter2@api.example/v1"),
    ];
    for (name, value) in secrets {
        // A key that is set would be taken in place of the token.
        let launch = Launch::new(&upstream).variable("OPENAI_API_KEY", "").variable(name, value);
        let said = fails_naming(launch, name).await;
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_others_reach_does_not_start_without_sign_in() {
    let upstream = Upstream::start().await;
    for address in ["0.0.0.0:0", "[::]:0"] {
        let open = Launch::new(&upstream).variable("PARLANCE_AUTH", "off").variable("LEPTOS_SITE_ADDR", address);
        let said = fails_naming(open, "PARLANCE_AUTH").await;
        assert!(said.contains("everybody who reaches it would be let in") && said.contains(address), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_folder_is_called_empty() {
    let upstream = Upstream::start().await;
    for name in ["PARLANCE_DATA", "LEPTOS_SITE_ROOT"] {
        let said = fails_naming(Launch::new(&upstream).variable(name, ""), name).await;
        assert!(said.contains("must not be empty"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_is_taken_is_named() {
    let upstream = Upstream::start().await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = fails_naming(Launch::new(&upstream).variable("LEPTOS_SITE_ADDR", &address), "LEPTOS_SITE_ADDR").await;
    assert!(said.contains(&address), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_cannot_be_used_is_named() {
    let upstream = Upstream::start().await;
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().display().to_string();
    let said = fails_naming(Launch::new(&upstream).variable("PARLANCE_DATA", &path), "PARLANCE_DATA").await;
    assert!(said.contains(&path), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn empty_variables_are_as_good_as_none() {
    let mut launch = Launch::without_provider();
    for name in [
        "OPENAI_API_KEY",
        "OPENAI_ACCESS_TOKEN",
        "OPENAI_BASE_URL",
        "OPENAI_MODEL",
        "DATABASE_URL",
        "PARLANCE_HOSTS",
        "PARLANCE_PROXIES",
    ] {
        launch = launch.variable(name, "");
    }
    let server = launch.start().await;
    assert_eq!(server.client.get("/readyz").await.status().as_u16(), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_named_env_is_read_and_a_set_variable_wins() {
    let upstream = Upstream::start().await;
    let launch = Launch::new(&upstream).file(".env", "PARLANCE_LOG_FORMAT=xml\n");
    fails_naming(launch.clone(), "PARLANCE_LOG_FORMAT").await;
    launch.variable("PARLANCE_LOG_FORMAT", "json").start().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_of_the_env_file_that_cannot_be_read_stops_the_start_and_is_not_repeated() {
    let upstream = Upstream::start().await;
    let launch = Launch::new(&upstream).file(".env", "OPENAI_MODEL=hunter2 and more\nOPENAI_API_KEY=sk-x\n");
    let said = fails_naming(launch, ".env").await;
    assert!(!said.contains("hunter2"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_data_folder_may_have_any_name() {
    let upstream = Upstream::start().await;
    upstream.answer(Script::reply("Hello."));
    let server = Launch::new(&upstream).variable("PARLANCE_DATA", "my data, 50%").start().await;
    let (_, seen) = server.client.ask("Hello").await;
    assert_eq!(seen.text(), "Hello.");
}

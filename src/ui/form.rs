//! A form that works as it is, and without leaving the page once the page is alive.

use leptos::{ev::SubmitEvent, prelude::*, task::spawn_local};
use leptos_router::hooks::use_query_map;
use server_fn::error::ServerFnUrlError;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{FormData, Headers, HtmlFormElement, RequestInit, Response, UrlSearchParams};

use super::handler::handler;
use crate::domain::error::AppError;

/// What happens in the page after a form was taken.
pub type Done = Callback<()>;

/// A form that a server function takes. A plain one goes to the function and comes back by a redirect; from a page that is
/// alive it is sent in the background, and what was typed stays if it is refused. Where the function sends its caller
/// on, the page goes there.
#[component]
pub fn Form(
    /// The path of the server function.
    action: &'static str,
    /// What it is, for those who do not see it.
    #[prop(into)]
    label: String,
    /// How it looks.
    #[prop(default = "form")]
    class: &'static str,
    /// Whether it carries files.
    #[prop(optional)]
    files: bool,
    /// What happens after it was taken; else the page is loaded again.
    #[prop(optional, into)]
    done: Option<Done>,
    /// The fields and the button.
    children: Children,
) -> impl IntoView {
    let query = use_query_map();
    let from_address = move || {
        query.with(|query| {
            let is_ours = query.get_str("__path") == Some(action);
            query.get_str("__err").filter(|_| is_ours).map(ServerFnUrlError::<AppError>::decode_err)
        })
    };
    let problem = RwSignal::new(None::<AppError>);
    // The address keeps what it says; whoever has tried again need not.
    let (busy, tried) = (RwSignal::new(false), RwSignal::new(false));
    let on_submit = move |event: SubmitEvent| {
        let Some(form) = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok()) else { return };
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        tried.set(true);
        problem.set(None);
        spawn_local(async move {
            let outcome = send(action, &form, files).await;
            busy.try_set(false);
            match outcome {
                Ok(Some(elsewhere)) => go(&elsewhere),
                Ok(None) => match done {
                    Some(done) => {
                        form.reset();
                        done.try_run(());
                    }
                    None => go(""),
                },
                Err(error) => {
                    problem.try_set(Some(error));
                }
            }
        });
    };
    view! {
        <form
            class=class
            method="post"
            action=action
            aria-label=label
            aria-busy=move || busy.get().to_string()
            enctype=files.then_some("multipart/form-data")
            on:submit=handler(on_submit)
        >
            {children()}
            {move || {
                problem
                    .get()
                    .or_else(|| from_address().filter(|_| !tried.get()))
                    .map(|error| view! { <p class="notice problem" role="alert">{error.to_string()}</p> }.into_any())
            }}
        </form>
    }
    .into_any()
}

/// Goes to an address of this server; an empty one loads the page again, without what its address said of an error.
fn go(address: &str) {
    let location = window().location();
    let here = || location.pathname().unwrap_or_else(|_| "/".to_owned());
    let to = if address.is_empty() { here() } else { address.to_owned() };
    // It fails only for an address that is none.
    let _ = location.assign(&to);
}

/// Sends it; says where the server sends its caller on, if it does.
async fn send(action: &str, form: &HtmlFormElement, files: bool) -> Result<Option<String>, AppError> {
    let answer = fetch(action, form, files).await.map_err(|_| AppError::Unreachable)?;
    if answer.ok() {
        let moves = answer.headers().has("serverfnredirect").unwrap_or(false);
        return Ok(answer.headers().get("location").ok().flatten().filter(|_| moves));
    }
    let text = async {
        let text = JsFuture::from(answer.text().ok()?).await.ok()?.as_string()?;
        serde_json::from_slice(text.as_bytes()).ok()
    };
    Err(text.await.unwrap_or(AppError::Unreachable))
}

async fn fetch(action: &str, form: &HtmlFormElement, files: bool) -> Result<Response, JsValue> {
    let fields = FormData::new_with_form(form)?;
    let headers = Headers::new()?;
    headers.set("accept", "application/json")?;
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_headers(&headers);
    if files {
        request.set_body(&fields);
    } else {
        request.set_body(&UrlSearchParams::new_with_str_sequence_sequence(&fields)?.into());
    }
    JsFuture::from(window().fetch_with_str_and_init(action, &request)).await?.dyn_into()
}

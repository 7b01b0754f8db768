//! A moment: as the server writes it, in UTC, until the reader's own clock is known.

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::handler::effect;
use crate::domain::day::{timestamp, written};

/// The moment.
#[component]
pub fn Time(
    /// In microseconds since 1970 UTC.
    at: i64,
) -> impl IntoView {
    let text = RwSignal::new(format!("{} UTC", written(at)));
    effect(move || text.set(written(at.saturating_add(offset(at)))));
    view! { <time datetime=timestamp(at)>{move || text.get()}</time> }.into_any()
}

/// What the reader's clock was ahead of UTC at a moment, in microseconds.
fn offset(at: i64) -> i64 {
    let date = js_sys::Date::new(&JsValue::from_f64((at / 1_000) as f64));
    -(date.get_timezone_offset() as i64) * 60 * 1_000_000
}

//! The field in which somebody chooses a password.

use leptos::prelude::*;

use super::field::Field;
use crate::{
    domain::limits::{PASSWORD_MAX, PASSWORD_MIN},
    texts::entry::PASSWORD_HINT,
};

/// A new password, with what is wanted of one.
#[component]
pub fn NewPassword(
    /// What is asked for.
    label: &'static str,
) -> impl IntoView {
    view! {
        <Field
            label=label
            name="password"
            kind="password"
            autocomplete="new-password"
            min=PASSWORD_MIN
            max=PASSWORD_MAX
            hint=PASSWORD_HINT
        />
    }
}

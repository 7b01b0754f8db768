//! Event handlers and effects whose types are erased.

use leptos::prelude::*;

/// An event handler. Each type of closure would have the framework's code around it once more in the browser's
/// part; behind a box all of them share it.
pub fn handler<E: 'static>(handle: impl FnMut(E) + 'static) -> Box<dyn FnMut(E)> {
    Box::new(handle)
}

/// Runs in the browser, at once and whenever what it reads changes. As [`Effect::new`], of which all share one.
pub fn effect(run: impl FnMut() + 'static) {
    fn boxed(mut run: Box<dyn FnMut()>) {
        Effect::new(move |_| run());
    }
    boxed(Box::new(run));
}

//! What has to wait until the browser has drawn.

use leptos::prelude::*;

/// Calls it after the next frame was drawn. What that frame showed can have the focus then, also where it came by a
/// transition, which begins with the first frame.
pub fn after_paint(then: impl FnOnce() + 'static) {
    request_animation_frame(move || request_animation_frame(then));
}

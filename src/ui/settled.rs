//! What follows from something that the server loads while it renders.

use leptos::prelude::*;

/// In the browser a memo; on the server a look at each time. There several threads take part in rendering a page: a memo that
/// is just being worked out on one while another brings what it reads stays at what it read before.
pub fn settled<T>(look: impl Fn() -> T + Send + Sync + 'static) -> Signal<T>
where
    T: PartialEq + Send + Sync + 'static,
{
    if cfg!(feature = "ssr") { Signal::derive(look) } else { Memo::new(move |_| look()).into() }
}

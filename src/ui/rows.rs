//! Rows of a list that comes anew while its page stands.

use std::fmt::Debug;

use leptos::{
    prelude::*,
    tachys::{reactive_graph::OwnedView, view::keyed::keyed},
};

/// Shows the rows of a list that is loaded again and again. A row keeps its focus, its fields and what was opened in it as
/// long as nothing of its thing changes, and goes with all of that when its thing is gone or another. A plain list of views
/// is fitted by place to what comes anew: a second click would meet the next thing, and what was asked of one stand open
/// under the name of the other.
#[derive(Clone, Copy)]
pub struct Rows(StoredValue<WeakOwner>);

/// Makes a row.
type Make = Box<dyn FnOnce() -> AnyView + Send>;

impl Rows {
    /// For lists of the component in which this is said: outside of what is loaded, which takes everything with it that was
    /// made inside.
    #[must_use]
    pub fn here() -> Self {
        Self(StoredValue::new(Owner::current().unwrap_or_default().downgrade()))
    }

    /// A row for each thing. Things are told apart by all that is written of them, so each has an id, and `row` shows
    /// nothing that is not in its thing.
    pub fn of<T, R>(self, things: Vec<T>, row: R) -> AnyView
    where
        T: Debug + Send + 'static,
        R: Fn(T) -> AnyView + Clone + Send + 'static,
    {
        let rows = things.into_iter().map(|thing| {
            let (key, row) = (format!("{thing:?}"), row.clone());
            let make: Make = Box::new(move || row(thing));
            (key, make)
        });
        let page = self.0.try_get_value().and_then(|page| page.upgrade());
        keep(page.unwrap_or_default(), rows.collect())
    }
}

/// Keeps the rows whose keys are there still. What they have made for themselves lives as long as they do.
fn keep(page: Owner, rows: Vec<(String, Make)>) -> AnyView {
    let show = move |_: usize, (_, make): (String, Make)| {
        let owner = page.child();
        let view = owner.with(make);
        (drop::<usize>, OwnedView::new_with_owner(view, owner))
    };
    keyed(rows, |(key, _): &(String, Make)| key.clone(), show).into_any()
}

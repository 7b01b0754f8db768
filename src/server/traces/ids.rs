//! The ids of a request's trace and span, both from the id of the request: so that another node, which knows nothing but
//! that id, can go on with the same trace.

use std::cell::Cell;

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator};
use uuid::Uuid;

thread_local! {
    /// The request of which a span is about to begin on this thread.
    static REQUEST: Cell<Option<Uuid>> = const { Cell::new(None) };
}

/// Random ids, except for the span that begins while a request is given.
#[derive(Debug, Default)]
pub(super) struct Ids {
    random: RandomIdGenerator,
}

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> TraceId {
        REQUEST.get().map_or_else(|| self.random.new_trace_id(), trace_id)
    }

    fn new_span_id(&self) -> SpanId {
        REQUEST.get().map_or_else(|| self.random.new_span_id(), span_id)
    }
}

/// Lets one span begin with the ids of a request.
pub(super) fn giving<T>(request: Uuid, begin: impl FnOnce() -> T) -> T {
    REQUEST.set(Some(request));
    let begun = begin();
    REQUEST.set(None);
    begun
}

/// The span of a request, wherever it was; nothing for work that no request asked for.
pub(super) fn span_of(request: Uuid) -> Option<SpanContext> {
    let (trace, span) = (trace_id(request), span_id(request));
    let context = SpanContext::new(trace, span, TraceFlags::SAMPLED, true, TraceState::NONE);
    context.is_valid().then_some(context)
}

fn trace_id(request: Uuid) -> TraceId {
    TraceId::from(request.as_u128())
}

/// The half of the id that is random, and never zero.
fn span_id(request: Uuid) -> SpanId {
    SpanId::from(request.as_u64_pair().1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_gives_the_same_ids_everywhere_and_others_are_random() {
        let (ids, request) = (Ids::default(), Uuid::now_v7());
        let given = giving(request, || (ids.new_trace_id(), ids.new_span_id()));
        let known = span_of(request).expect("an id that is not nil");
        assert_eq!(given, (known.trace_id(), known.span_id()));
        assert_eq!(given.0.to_string(), request.simple().to_string());
        assert_ne!(ids.new_trace_id(), given.0);
        assert_ne!(ids.new_span_id(), given.1);
        assert!(span_of(Uuid::nil()).is_none());
    }
}

//! Who is asking in a request.

use axum::http::{Extensions, request::Parts};
use leptos::prelude::use_context;

use crate::{
    domain::{
        actor::Origin,
        credential::Credential,
        id::{SessionId, UserId, WorkspaceId},
        person::Theme,
    },
    server::http::{
        client_address::{ClientAddress, current_address},
        request_id::{RequestId, current_request},
    },
};

/// Who is asking. The middleware leaves one with each request of somebody who is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub id: UserId,
    /// The workspace that they have before them, if they did not name one.
    pub workspace: Option<WorkspaceId>,
    /// How they have proven it.
    pub credential: Credential,
}

impl Person {
    /// Whether their credential reaches as far as a workspace.
    #[must_use]
    pub fn reaches(&self, workspace: WorkspaceId) -> bool {
        !matches!(self.credential, Credential::Token(..)) || self.workspace == Some(workspace)
    }

    /// The session in which they ask, if they do in one.
    #[must_use]
    pub fn session(&self) -> Option<SessionId> {
        match self.credential {
            Credential::Session(session) => Some(session),
            Credential::None | Credential::Token(..) => None,
        }
    }
}

/// Who is asking in the request that is being served, inside of a page or a server function.
#[must_use]
pub fn current_person() -> Option<Person> {
    use_context::<Parts>()?.extensions.get::<Person>().cloned()
}

/// The colours that the person in whose page this is wants, if they want other ones than their device.
#[must_use]
pub fn wanted_theme() -> Option<&'static str> {
    let theme = *use_context::<Parts>()?.extensions.get::<Theme>()?;
    (theme != Theme::System).then(|| theme.as_str())
}

/// Where the request that is being served comes from, inside of a page or a server function.
#[must_use]
pub fn origin() -> Origin {
    Origin {
        request: current_request().map_or(Origin::SERVER.request, |RequestId(id)| id),
        address: current_address().unwrap_or(Origin::SERVER.address),
    }
}

/// Where a request comes from, outside of pages and server functions.
#[must_use]
pub fn origin_of(request: &Extensions) -> Origin {
    Origin {
        request: request.get::<RequestId>().map_or(Origin::SERVER.request, |id| id.0),
        address: request.get::<ClientAddress>().map_or(Origin::SERVER.address, |address| address.0),
    }
}

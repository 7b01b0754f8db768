//! Pictures of people and experts.

use axum::{
    extract::{Extension, Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

use super::{api_error, deadline::Deadline};
use crate::{
    domain::error::AppError,
    server::{
        access::{self, Person},
        state::AppState,
        store::images::StoredImage,
    },
};

/// What an id names never changes, so a browser asks once; it forgets it after a day all the same, in case the person may
/// not see it any more. No cache in between keeps it.
const KEPT: HeaderValue = HeaderValue::from_static("private, max-age=86400, immutable");

pub(super) async fn serve(
    State(state): State<AppState>,
    Extension(deadline): Extension<Deadline>,
    person: Option<Extension<Person>>,
    Path(id): Path<String>,
) -> Response {
    let found = deadline.within(find(&state, person.map(|Extension(person)| person), &id)).await;
    match found.unwrap_or(Err(AppError::Unavailable)) {
        Ok(StoredImage { media_type, data }) => {
            let headers = [(header::CONTENT_TYPE, media_type)];
            let mut response = (headers, data).into_response();
            response.headers_mut().insert(header::CACHE_CONTROL, KEPT);
            response
        }
        Err(error) => api_error::of(&error),
    }
}

async fn find(state: &AppState, person: Option<Person>, id: &str) -> Result<StoredImage, AppError> {
    let person = person.ok_or(AppError::SignedOut)?;
    let id = id.parse().map_err(|_| AppError::NotFound)?;
    access::see_image(&state.store, &person, id).await?;
    Ok(state.store.image(id).await?)
}

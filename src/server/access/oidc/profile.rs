//! What the provider says of a person besides who they are: their name and their address.

use openidconnect::{
    EmptyAdditionalClaims, StandardClaims,
    core::{CoreGenderClaim, CoreIdTokenClaims, CoreUserInfoClaims},
};

use super::{Oidc, error::OidcError, token::Arrival};
use crate::{
    domain::{
        limits::NAME_CHARS,
        person::{clean_email, clean_name},
    },
    texts::oidc as texts,
};

type Claims = StandardClaims<CoreGenderClaim>;

/// A person as they are to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Profile {
    /// Their name, cleaned.
    pub name: String,
    /// Their address, in the form in which it is kept, and only if the provider says that it has verified it: any other
    /// could be somebody else's.
    pub email: Option<String>,
}

impl Oidc {
    /// Name and address of somebody who is not known here yet: from the token, or from the provider if the token says too
    /// little.
    pub(super) async fn profile(&self, arrival: &Arrival) -> Result<Profile, OidcError> {
        let told = of_token(&arrival.claims);
        if told.name().is_some() && told.email().is_some() {
            return Ok(profile(&told));
        }
        let subject = arrival.claims.subject().clone();
        let Ok(request) = arrival.provider.user_info(arrival.access.clone(), Some(subject)) else {
            return Ok(profile(&told));
        };
        let more: CoreUserInfoClaims =
            request.request_async::<EmptyAdditionalClaims, _, CoreGenderClaim>(&self.http).await?;
        Ok(profile(more.standard_claims()))
    }
}

/// The same claims are of another type in a token.
fn of_token(claims: &CoreIdTokenClaims) -> Claims {
    StandardClaims::new(claims.subject().clone())
        .set_name(claims.name().cloned())
        .set_given_name(claims.given_name().cloned())
        .set_family_name(claims.family_name().cloned())
        .set_preferred_username(claims.preferred_username().cloned())
        .set_email(claims.email().cloned())
        .set_email_verified(claims.email_verified())
}

fn profile(claims: &Claims) -> Profile {
    let email = claims.email().and_then(|email| clean_email(email));
    let name = names(claims).iter().find_map(|name| shortened(name));
    Profile {
        name: name.unwrap_or_else(|| texts::NAMELESS.to_owned()),
        email: email.filter(|_| claims.email_verified() == Some(true)),
    }
}

/// What they might be called, the best first.
fn names(claims: &Claims) -> Vec<String> {
    let full = claims.name().and_then(|name| name.get(None)).map(|name| name.to_string());
    let given = claims.given_name().and_then(|name| name.get(None)).map(|name| name.as_str());
    let family = claims.family_name().and_then(|name| name.get(None)).map(|name| name.as_str());
    let put_together = [given, family].map(Option::unwrap_or_default).join(" ");
    let login = claims.preferred_username().map(|name| name.to_string());
    let local_part = claims.email().and_then(|email| email.split('@').next()).map(str::to_owned);
    full.into_iter().chain([put_together]).chain(login).chain(local_part).collect()
}

/// A name of the provider's is not refused for its length: the person could do nothing about it.
fn shortened(name: &str) -> Option<String> {
    let line = name.split_whitespace().collect::<Vec<_>>().join(" ");
    clean_name(&line.chars().take(NAME_CHARS).collect::<String>())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn of(claims: Value) -> Profile {
        profile(&serde_json::from_value(claims).unwrap())
    }

    #[test]
    fn an_address_counts_only_if_the_provider_has_verified_it() {
        let email = |verified: Value| {
            of(json!({ "sub": "1", "name": "Ada", "email": "Ada@Example.com", "email_verified": verified })).email
        };
        assert_eq!(email(json!(true)).as_deref(), Some("ada@example.com"));
        assert_eq!((email(json!(false)), email(Value::Null)), (None, None));
        assert_eq!(of(json!({ "sub": "1", "email": "no address", "email_verified": true })).email, None);
    }

    #[test]
    fn somebody_is_called_by_the_best_name_there_is() {
        let name = |claims: Value| of(claims).name;
        assert_eq!(name(json!({ "sub": "1", "name": " Ada\n Lovelace " })), "Ada Lovelace");
        assert_eq!(name(json!({ "sub": "1", "name": " ", "given_name": "Ada", "family_name": "King" })), "Ada King");
        assert_eq!(name(json!({ "sub": "1", "preferred_username": "ada" })), "ada");
        assert_eq!(name(json!({ "sub": "1", "email": "ada@example.com" })), "ada");
        assert_eq!(name(json!({ "sub": "1" })), texts::NAMELESS);
        assert_eq!(name(json!({ "sub": "1", "name": "x".repeat(500) })).chars().count(), NAME_CHARS);
    }
}

//! Whether somebody whom the provider has named may come in, and as whom.

use super::{Oidc, profile::Profile, token::Arrival};
use crate::{
    domain::{
        actor::Origin,
        entry::OidcProblem,
        id::{UserId, WorkspaceId},
        person::SignedIn,
    },
    server::{
        access::FIRST,
        config::SignUp,
        store::{
            Store, StoreError,
            identities::{Admission, Identity, Newcomer},
        },
    },
    texts::oidc as texts,
};

/// Somebody who came in.
#[derive(Clone, Debug)]
pub struct Entered {
    /// Who, and what they see first.
    pub who: SignedIn,
    /// What the audit log calls them.
    pub subject: String,
}

/// What goes with an arrival.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// Who may make an account.
    pub sign_up: SignUp,
    /// The hash of the invitation that they have.
    pub invitation: Option<&'a str>,
    /// In which request, and from where.
    pub origin: Origin,
}

impl Oidc {
    /// The person who has arrived: one who is known, one with the same verified address, or a new one.
    ///
    /// # Errors
    /// With what to tell them, if they may not come in.
    pub async fn enter(
        &self,
        store: &Store,
        arrival: &Arrival,
        circumstances: Circumstances<'_>,
    ) -> Result<Entered, OidcProblem> {
        let identity = Identity { issuer: &self.settings.issuer, subject: arrival.claims.subject() };
        if let Some(user) = store.identity(identity).await.map_err(of_store)? {
            return known(store, user, circumstances).await;
        }
        let profile = self.profile(arrival).await?;
        match linked(store, identity, &profile, circumstances).await? {
            Some(user) => known(store, user, circumstances).await,
            None => admitted(store, identity, profile, circumstances).await,
        }
    }
}

/// Links whoever has an account with the address that the provider has verified.
async fn linked(
    store: &Store,
    identity: Identity<'_>,
    profile: &Profile,
    circumstances: Circumstances<'_>,
) -> Result<Option<UserId>, OidcProblem> {
    let Some(email) = &profile.email else { return Ok(None) };
    let Some(account) = store.account_of(email).await.map_err(of_store)? else { return Ok(None) };
    let user = account.person.id;
    // Whoever makes an account types its address: somebody may have made this one, with a password, before the owner of the
    // address comes, and would then share it with them.
    if account.password.is_some() && !is_vouched_for(store, user, circumstances.sign_up).await? {
        return Err(OidcProblem::HasPassword);
    }
    match store.link_identity(identity, user, email, circumstances.origin).await {
        Ok(()) => Ok(Some(user)),
        // Addresses are given to others when somebody leaves; who somebody is at the provider is not.
        Err(StoreError::Conflict(_)) => Err(OidcProblem::Somebody),
        Err(error) => Err(of_store(error)),
    }
}

/// Whether an address was not said by its account alone: it is the one of whoever set the server up, or was named in an
/// invitation that let them in. Where everybody may make an account and a workspace, everybody can invite any address.
async fn is_vouched_for(store: &Store, user: UserId, sign_up: SignUp) -> Result<bool, OidcProblem> {
    match sign_up {
        SignUp::Open => Ok(false),
        SignUp::Invitation if user == FIRST.user => Ok(true),
        SignUp::Invitation => store.was_invited_by_address(user).await.map_err(of_store),
    }
}

/// Lets somebody in who has an account, unless they are suspended everywhere.
async fn known(store: &Store, user: UserId, circumstances: Circumstances<'_>) -> Result<Entered, OidcProblem> {
    let joined = match circumstances.invitation {
        Some(hash) => joined(store, user, hash, circumstances.origin).await?,
        None => None,
    };
    let account = store.account(user).await.map_err(of_store)?;
    if store.memberships(user).await.map_err(of_store)?.is_empty() {
        return Err(OidcProblem::NoWorkspace);
    }
    let subject = account.email.unwrap_or(account.person.name);
    Ok(Entered { who: SignedIn { user, workspace: joined }, subject })
}

/// The workspace of an invitation. One that is not good any more, or leads where they are already, keeps nobody out.
async fn joined(store: &Store, user: UserId, hash: &str, origin: Origin) -> Result<Option<WorkspaceId>, OidcProblem> {
    match store.accept_invitation(hash, user, origin).await {
        Ok(workspace) => Ok(Some(workspace)),
        Err(StoreError::NotFound | StoreError::Conflict(_)) => Ok(None),
        Err(error) => Err(of_store(error)),
    }
}

/// Makes an account for whoever was invited, or for everybody if everybody may have one.
async fn admitted(
    store: &Store,
    identity: Identity<'_>,
    profile: Profile,
    circumstances: Circumstances<'_>,
) -> Result<Entered, OidcProblem> {
    let own = texts::workspace_of(&profile.name);
    let admission = match (circumstances.invitation, circumstances.sign_up) {
        (Some(hash), _) => Admission::Invitation(hash),
        (None, SignUp::Open) => Admission::OwnWorkspace(&own),
        (None, SignUp::Invitation) => return Err(OidcProblem::Uninvited),
    };
    let newcomer = Newcomer { name: &profile.name, email: profile.email.as_deref() };
    let admitted = store.admit(identity, newcomer, admission, circumstances.origin).await;
    let who = admitted.map_err(|error| match error {
        StoreError::NotFound => OidcProblem::InvitationGone,
        error => of_store(error),
    })?;
    Ok(Entered { who, subject: profile.email.unwrap_or(profile.name) })
}

fn of_store(error: StoreError) -> OidcProblem {
    tracing::warn!(%error, "a sign-in at the OpenID provider could not be brought to its end");
    OidcProblem::Busy
}

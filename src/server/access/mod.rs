//! Who is asking, and may they: the one place that answers it, for pages, server functions, streams, files and prompts.
//!
//! A request is identified once, by the middleware in `http/identify.rs`, which leaves a [`Person`] with it. What they may do
//! is [`policy`]; what the database has to be asked for that is `store/walls.rs`. Whatever is not theirs to see does not
//! exist for them.

pub mod begin;
mod cookie;
pub mod oidc;
mod once;
pub mod open;
pub mod passwords;
mod person;
pub mod policy;
pub mod reset;
pub mod secret;
pub mod session;
pub mod throttle;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio_util::sync::DropGuard;
use uuid::Uuid;

pub use person::{Person, current_person, origin, origin_of, wanted_theme};

use self::{
    oidc::Oidc,
    open::OpenStreams,
    passwords::Passwords,
    policy::{InWorkspace, OnAccount, Whose, WithChat},
};
use super::{
    config::{AccessSettings, SignUp},
    store::{Store, walls::ChatWall},
};
use crate::domain::{
    actor::{Actor, Origin},
    entry::Entry,
    error::AppError,
    id::{ChatId, ImageId, MessageId, UserId, WorkspaceId},
    member::MemberRole,
    person::SignedIn,
};

/// The first person of every server: its owner, or whoever uses one without sign-in. One id for both, so that what was
/// written before there was a sign-in stays theirs.
pub const FIRST_USER: UserId = UserId(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0001));
/// Their workspace.
pub const FIRST_WORKSPACE: WorkspaceId = WorkspaceId(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0002));

/// The two of them.
pub const FIRST: SignedIn = SignedIn { user: FIRST_USER, workspace: Some(FIRST_WORKSPACE) };

/// The first person at work in their workspace, for what no request asks for.
pub const FIRST_ACTOR: Actor =
    Actor { user: FIRST_USER, workspace: FIRST_WORKSPACE, role: MemberRole::Owner, origin: Origin::SERVER };

/// What a node needs to know of people to let them in. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Access {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    settings: AccessSettings,
    passwords: Passwords,
    oidc: Option<Oidc>,
    open: OpenStreams,
    _watch: DropGuard,
    /// Whether the first owner is known to be there; once they are, they stay.
    set_up: AtomicBool,
}

impl Access {
    /// Begins to watch the streams that are open on this node.
    ///
    /// # Errors
    /// If the machine has no usable store of certificates, which an OpenID provider is asked with.
    pub fn start(settings: AccessSettings, store: Store) -> reqwest::Result<Self> {
        let oidc = settings.oidc.clone().map(Oidc::new).transpose()?;
        let (open, watch) = OpenStreams::watch(store);
        let shared = Shared {
            settings,
            passwords: Passwords::default(),
            oidc,
            open,
            _watch: watch,
            set_up: AtomicBool::new(false),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &AccessSettings {
        &self.shared.settings
    }

    /// Which ways in there are; `mails` says whether the server can send any.
    #[must_use]
    pub fn ways_in(&self, mails: bool) -> Entry {
        Entry {
            open_sign_up: self.shared.settings.sign_up == SignUp::Open,
            provider: self.oidc().map(|oidc| oidc.name().to_owned()),
            mails,
        }
    }

    /// Where passwords are hashed.
    #[must_use]
    pub fn passwords(&self) -> &Passwords {
        &self.shared.passwords
    }

    /// The OpenID provider at which people may sign in, if there is one.
    #[must_use]
    pub fn oidc(&self) -> Option<&Oidc> {
        self.shared.oidc.as_ref()
    }

    /// The streams that are open on this node.
    #[must_use]
    pub fn open(&self) -> &OpenStreams {
        &self.shared.open
    }

    /// Whether the first owner is there, and so somebody can sign in.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn is_set_up(&self, store: &Store) -> Result<bool, AppError> {
        if self.shared.set_up.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let found = store.is_set_up().await?;
        self.shared.set_up.store(found, Ordering::Relaxed);
        Ok(found)
    }
}

/// Who is asking in this request, if they may do this with their account.
///
/// # Errors
/// `SignedOut` if nobody is, `Forbidden` if a token does not reach that far.
pub fn person(action: OnAccount) -> Result<Person, AppError> {
    let person = current_person().ok_or(AppError::SignedOut)?;
    policy::with_account(&person.credential, action)?;
    Ok(person)
}

/// Who is asking, if they may do this in a workspace: the one that is named, or the one that they have before them.
///
/// # Errors
/// `SignedOut`; `NotFound` if they are not in it; `Forbidden` if they are, but may not do this.
pub async fn in_workspace(
    store: &Store,
    workspace: Option<WorkspaceId>,
    action: InWorkspace,
) -> Result<Actor, AppError> {
    let person = current_person().ok_or(AppError::SignedOut)?;
    let (workspace, role) = stand_in(store, &person, workspace, action).await?;
    Ok(actor(&person, workspace, role))
}

/// In which workspace somebody is and what they are there, if they may do this in it: for what is no page and no server
/// function.
///
/// # Errors
/// As [`in_workspace`].
pub async fn stand_in(
    store: &Store,
    person: &Person,
    workspace: Option<WorkspaceId>,
    action: InWorkspace,
) -> Result<(WorkspaceId, MemberRole), AppError> {
    let workspace = workspace.or(person.workspace).ok_or(AppError::NotFound)?;
    let role = store.role_in(person.id, workspace).await?.filter(|_| person.reaches(workspace));
    let role = role.ok_or(AppError::NotFound)?;
    policy::in_workspace(&person.credential, role, action)?;
    Ok((workspace, role))
}

/// Who is asking, if they may do this with a chat.
///
/// # Errors
/// `SignedOut`; `NotFound` if they may not see it; `Forbidden` if they may, but may not do this.
pub async fn with_chat(store: &Store, chat: ChatId, action: WithChat) -> Result<Actor, AppError> {
    let person = current_person().ok_or(AppError::SignedOut)?;
    within(&person, store.chat_wall(person.id, chat).await?, action)
}

/// Who is asking, if they may do this with the chat of a message.
///
/// # Errors
/// As [`with_chat`].
pub async fn with_message(store: &Store, message: MessageId, action: WithChat) -> Result<Actor, AppError> {
    let person = current_person().ok_or(AppError::SignedOut)?;
    within(&person, store.message_wall(person.id, message).await?, action)
}

/// Whether a person may see a picture: their own, and what is shown of people and things in the workspaces that they are in.
///
/// # Errors
/// `NotFound` if they may not, or if it is not there.
pub async fn see_image(store: &Store, person: &Person, image: ImageId) -> Result<(), AppError> {
    policy::with_account(&person.credential, OnAccount::Read)?;
    let wall = store.image_wall(person.id, image).await?;
    let sees = wall.own || wall.workspaces.into_iter().any(|workspace| person.reaches(workspace));
    if sees { Ok(()) } else { Err(AppError::NotFound) }
}

/// Whether an actor who reads a chat may also write in it, and manage it.
///
/// # Errors
/// `NotFound` if it is not there any more.
pub async fn may(store: &Store, actor: &Actor, chat: ChatId) -> Result<(bool, bool), AppError> {
    let person = current_person().ok_or(AppError::SignedOut)?;
    let wall = store.chat_wall(actor.user, chat).await?.ok_or(AppError::NotFound)?;
    let whose = whose(&person, &wall);
    let allows = |action| policy::with_chat(&person.credential, wall.role, whose, wall.sharing, action).is_ok();
    Ok((allows(WithChat::Write), allows(WithChat::Manage)))
}

fn within(person: &Person, wall: Option<ChatWall>, action: WithChat) -> Result<Actor, AppError> {
    let wall = wall.filter(|wall| person.reaches(wall.workspace)).ok_or(AppError::NotFound)?;
    policy::with_chat(&person.credential, wall.role, whose(person, &wall), wall.sharing, action)?;
    Ok(actor(person, wall.workspace, wall.role))
}

fn whose(person: &Person, wall: &ChatWall) -> Whose {
    match wall.creator_role {
        _ if wall.creator == person.id => Whose::Own,
        Some(role) if role > MemberRole::Viewer => Whose::Others,
        _ => Whose::Nobodys,
    }
}

fn actor(person: &Person, workspace: WorkspaceId, role: MemberRole) -> Actor {
    Actor { user: person.id, workspace, role, origin: origin() }
}

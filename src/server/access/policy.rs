//! May somebody do this to that. Pure: who and what are given, the answer follows.
//!
//! What one may not see is [`AppError::NotFound`], as if it were not there; what one may see but not do is
//! [`AppError::Forbidden`], with who may.

use crate::{
    domain::{
        chat::Sharing,
        credential::{Credential, Scope},
        error::AppError,
        member::MemberRole,
    },
    server::config::SignUp,
    texts::access as texts,
};

/// What one may want to do with one's own account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnAccount {
    /// Look at it.
    Read,
    /// Change it, or anything that lets somebody in: only in a session of one's own.
    Change,
}

/// What one may want to do in a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InWorkspace {
    /// See its name, its people, its products and experts, and the chats that one may see.
    Look,
    /// Begin a chat.
    BeginChat,
    /// Leave it.
    Leave,
    /// Look after its products and experts.
    Curate,
    /// See who is invited, and what is known of its people.
    LookAfter,
    /// Invite, suspend, remove and rename.
    Administer,
    /// Read its audit log.
    Audit,
}

/// What one may want to do with a member of a workspace that one administers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnMember {
    /// Make them this.
    SetRole(MemberRole),
    /// Keep them out, or let them in again.
    Suspend,
    /// Remove them.
    Remove,
}

/// What one may want to do with a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithChat {
    /// Read it and follow its replies.
    Read,
    /// Send in it, ask again, stop.
    Write,
    /// Rename, share, put away and delete it.
    Manage,
}

/// Whose a chat is, for somebody in its workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// They began it.
    Own,
    /// Somebody else did, who looks after it.
    Others,
    /// Nobody looks after it: whoever began it has left, or only reads by now.
    Nobodys,
}

impl InWorkspace {
    /// The least that one has to be.
    fn least(self) -> MemberRole {
        match self {
            Self::Look | Self::Leave => MemberRole::Viewer,
            Self::BeginChat => MemberRole::Member,
            Self::Curate | Self::LookAfter | Self::Administer => MemberRole::Admin,
            Self::Audit => MemberRole::Owner,
        }
    }

    /// What a credential has to allow.
    fn reach(self) -> Reach {
        match self {
            Self::Look | Self::LookAfter | Self::Audit => Reach::Read,
            Self::BeginChat | Self::Curate => Reach::Write,
            Self::Leave | Self::Administer => Reach::Session,
        }
    }
}

/// What a credential has to allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    Read,
    Write,
    Session,
}

/// Whether a credential is good for this with the account that it belongs to.
///
/// # Errors
/// `Forbidden`.
pub fn with_account(credential: &Credential, action: OnAccount) -> Result<(), AppError> {
    let wanted = match action {
        OnAccount::Read => Reach::Read,
        OnAccount::Change => Reach::Session,
    };
    allow(credential, wanted)
}

/// Whether a member with this role may do this.
///
/// # Errors
/// `Forbidden`.
pub fn in_workspace(credential: &Credential, role: MemberRole, action: InWorkspace) -> Result<(), AppError> {
    let least = action.least();
    if role < least {
        let who = match least {
            MemberRole::Viewer | MemberRole::Member => texts::MEMBERS_ONLY,
            MemberRole::Admin => texts::ADMINS_ONLY,
            MemberRole::Owner => texts::OWNERS_ONLY,
        };
        return Err(AppError::forbidden(who));
    }
    allow(credential, action.reach())
}

/// Whether a member with this role may let somebody have that one: at most one's own.
///
/// # Errors
/// `Forbidden`.
pub fn give_role(role: MemberRole, given: MemberRole) -> Result<(), AppError> {
    if given <= role { Ok(()) } else { Err(AppError::forbidden(texts::OWNERS_GIVE)) }
}

/// Whether an admin or owner may do this with a member of their workspace who has that role.
///
/// # Errors
/// `Forbidden`.
pub fn on_member(role: MemberRole, theirs: MemberRole, is_oneself: bool, action: OnMember) -> Result<(), AppError> {
    if theirs > role {
        return Err(AppError::forbidden(texts::OWNERS_ONLY));
    }
    match action {
        OnMember::SetRole(given) => give_role(role, given),
        OnMember::Suspend | OnMember::Remove if is_oneself => Err(AppError::forbidden(texts::NOT_ONESELF)),
        OnMember::Suspend | OnMember::Remove => Ok(()),
    }
}

/// Whether whoever comes may make an account.
///
/// # Errors
/// `Forbidden`.
pub fn sign_up(setting: SignUp) -> Result<(), AppError> {
    match setting {
        SignUp::Open => Ok(()),
        SignUp::Invitation => Err(AppError::forbidden(texts::BY_INVITATION)),
    }
}

/// Whether somebody who is this in their workspaces may make another one. Whoever may only work in workspaces of others
/// makes none.
///
/// # Errors
/// `Forbidden`.
pub fn make_workspace(roles: &[MemberRole]) -> Result<(), AppError> {
    if roles.contains(&MemberRole::Owner) {
        return Ok(());
    }
    Err(AppError::forbidden(texts::OWNERS_MAKE_WORKSPACES))
}

/// Whether a member with this role may do this with a chat of their workspace. What is shared and nobody's any more is looked
/// after by owners: somebody has to be able to take it back.
///
/// # Errors
/// `NotFound` if they may not see it, else `Forbidden`.
pub fn with_chat(
    credential: &Credential,
    role: MemberRole,
    whose: Whose,
    sharing: Sharing,
    action: WithChat,
) -> Result<(), AppError> {
    let is_theirs = whose == Whose::Own && role > MemberRole::Viewer;
    if !is_theirs && sharing == Sharing::Private {
        return Err(AppError::NotFound);
    }
    let manages = is_theirs || (whose == Whose::Nobodys && role == MemberRole::Owner);
    let writes = is_theirs || (sharing == Sharing::Write && role > MemberRole::Viewer);
    match action {
        WithChat::Read => allow(credential, Reach::Read),
        WithChat::Write if writes => allow(credential, Reach::Write),
        WithChat::Manage if manages => allow(credential, Reach::Write),
        WithChat::Write => Err(AppError::forbidden(texts::READ_ONLY_CHAT)),
        WithChat::Manage => Err(AppError::forbidden(texts::CREATOR_ONLY)),
    }
}

fn allow(credential: &Credential, wanted: Reach) -> Result<(), AppError> {
    let reach = match credential {
        Credential::None | Credential::Session(_) => Reach::Session,
        Credential::Token(_, Scope::Write) => Reach::Write,
        Credential::Token(_, Scope::Read) => Reach::Read,
    };
    match (reach >= wanted, wanted) {
        (true, _) => Ok(()),
        (false, Reach::Session) => Err(AppError::forbidden(texts::NOT_WITH_A_TOKEN)),
        (false, _) => Err(AppError::forbidden(texts::READING_TOKEN)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{SessionId, TokenId};

    const ROLES: [MemberRole; 4] = [MemberRole::Viewer, MemberRole::Member, MemberRole::Admin, MemberRole::Owner];
    const IN_WORKSPACE: [InWorkspace; 7] = [
        InWorkspace::Look,
        InWorkspace::Leave,
        InWorkspace::BeginChat,
        InWorkspace::Curate,
        InWorkspace::LookAfter,
        InWorkspace::Administer,
        InWorkspace::Audit,
    ];

    const ALL: [WithChat; 3] = [WithChat::Read, WithChat::Write, WithChat::Manage];

    /// Whether somebody in their session may read, write and manage.
    fn may(role: MemberRole, whose: Whose, sharing: Sharing) -> [bool; 3] {
        ALL.map(|action| with_chat(&session(), role, whose, sharing, action).is_ok())
    }

    fn session() -> Credential {
        Credential::Session(SessionId::new())
    }

    fn token(scope: Scope) -> Credential {
        Credential::Token(TokenId::new(), scope)
    }

    #[test]
    fn each_role_may_do_more_than_the_one_before() {
        let allowed = ROLES
            .map(|role| IN_WORKSPACE.iter().filter(|&&action| in_workspace(&session(), role, action).is_ok()).count());
        assert_eq!(allowed, [2, 3, 6, 7]);
    }

    #[test]
    fn nobody_makes_anybody_more_than_they_are_or_touches_whoever_is_more() {
        use MemberRole::{Admin, Member, Owner, Viewer};
        for given in ROLES {
            assert_eq!(give_role(Owner, given), Ok(()));
            assert_eq!(give_role(Admin, given).is_ok(), given != Owner, "{given:?}");
            assert_eq!(on_member(Admin, Viewer, false, OnMember::SetRole(given)).is_ok(), given != Owner);
            assert_eq!(on_member(Admin, Admin, true, OnMember::SetRole(given)).is_ok(), given != Owner);
            for action in [OnMember::SetRole(Member), OnMember::Suspend, OnMember::Remove] {
                assert_eq!(on_member(Owner, given, false, action), Ok(()));
                assert_eq!(on_member(Admin, given, false, action).is_ok(), given != Owner, "{given:?} {action:?}");
            }
        }
    }

    #[test]
    fn nobody_keeps_themselves_out() {
        for action in [OnMember::Suspend, OnMember::Remove] {
            assert!(on_member(MemberRole::Owner, MemberRole::Owner, true, action).is_err());
        }
    }

    #[test]
    fn an_account_is_for_whoever_was_invited_unless_the_server_is_open() {
        assert!(sign_up(SignUp::Invitation).is_err());
        assert_eq!(sign_up(SignUp::Open), Ok(()));
    }

    #[test]
    fn whoever_owns_a_workspace_may_make_another_one() {
        assert!(make_workspace(&[MemberRole::Viewer, MemberRole::Owner]).is_ok());
        assert!(make_workspace(&[MemberRole::Admin, MemberRole::Member]).is_err());
        assert!(make_workspace(&[]).is_err());
    }

    #[test]
    fn a_private_chat_is_not_there_for_anybody_else_whatever_they_are() {
        for role in ROLES {
            for whose in [Whose::Others, Whose::Nobodys] {
                for action in ALL {
                    let answer = with_chat(&session(), role, whose, Sharing::Private, action);
                    assert_eq!(answer, Err(AppError::NotFound), "{role:?} {whose:?} {action:?}");
                }
            }
        }
    }

    #[test]
    fn a_shared_chat_is_read_by_all_written_in_if_it_is_shared_so_and_managed_by_its_creator() {
        use Whose::{Others, Own};
        assert_eq!(may(MemberRole::Viewer, Others, Sharing::Write), [true, false, false]);
        assert_eq!(may(MemberRole::Member, Others, Sharing::Read), [true, false, false]);
        assert_eq!(may(MemberRole::Member, Others, Sharing::Write), [true, true, false]);
        assert_eq!(may(MemberRole::Owner, Others, Sharing::Write), [true, true, false]);
        assert_eq!(may(MemberRole::Member, Own, Sharing::Private), [true, true, true]);
    }

    #[test]
    fn a_shared_chat_of_nobodys_is_managed_by_owners_and_says_no_more_to_them_than_to_others() {
        use Whose::Nobodys;
        assert_eq!(may(MemberRole::Owner, Nobodys, Sharing::Read), [true, false, true]);
        assert_eq!(may(MemberRole::Owner, Nobodys, Sharing::Write), [true, true, true]);
        assert_eq!(may(MemberRole::Admin, Nobodys, Sharing::Write), [true, true, false]);
        assert_eq!(may(MemberRole::Viewer, Nobodys, Sharing::Write), [true, false, false]);
        let reading = token(Scope::Read);
        assert!(with_chat(&reading, MemberRole::Owner, Nobodys, Sharing::Write, WithChat::Manage).is_err());
    }

    #[test]
    fn whoever_became_a_viewer_has_no_chats_of_their_own_any_more() {
        let answer = with_chat(&session(), MemberRole::Viewer, Whose::Own, Sharing::Private, WithChat::Read);
        assert_eq!(answer, Err(AppError::NotFound));
        let shared = with_chat(&session(), MemberRole::Viewer, Whose::Own, Sharing::Write, WithChat::Manage);
        assert!(matches!(shared, Err(AppError::Forbidden { .. })));
    }

    #[test]
    fn a_token_reads_or_writes_and_never_lets_anybody_in() {
        let (reading, writing) = (token(Scope::Read), token(Scope::Write));
        let own = |credential, action| {
            with_chat(&credential, MemberRole::Member, Whose::Own, Sharing::Private, action).is_ok()
        };
        assert!(own(reading, WithChat::Read) && !own(reading, WithChat::Write) && !own(reading, WithChat::Manage));
        assert!(own(writing, WithChat::Read) && own(writing, WithChat::Write) && own(writing, WithChat::Manage));
        for credential in [reading, writing] {
            assert!(with_account(&credential, OnAccount::Read).is_ok());
            assert!(with_account(&credential, OnAccount::Change).is_err());
            assert!(in_workspace(&credential, MemberRole::Owner, InWorkspace::Administer).is_err());
            assert!(in_workspace(&credential, MemberRole::Owner, InWorkspace::Audit).is_ok());
        }
        assert!(with_account(&session(), OnAccount::Change).is_ok());
    }
}

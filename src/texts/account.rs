//! One's own account.

pub const PROFILE: &str = "Profile";
pub const ABOUT_YOU: &str = "About you";
pub const FULL_NAME: &str = "Full name";
pub const EMAIL: &str = "Email";
pub const THEME: &str = "Theme";
pub const THEME_HINT: &str = "A device on which you chose another one keeps its own.";
pub const SYSTEM: &str = "As the device";
pub const LIGHT: &str = "Light";
pub const DARK: &str = "Dark";
pub const SAVE: &str = "Save";
pub const SAVED: &str = "Saved.";
pub const PICTURE: &str = "Picture";
pub const PICTURE_FILE: &str = "Picture file";
pub const PICTURE_HINT: &str =
    "PNG, JPEG or WebP, at most 8 MB. A square of its middle is kept, and nothing else of the file.";
pub const UPLOAD: &str = "Upload picture";
pub const REMOVE: &str = "Remove picture";
pub const PASSWORD: &str = "Password";
pub const CURRENT_PASSWORD: &str = "Current password";
pub const NEW_PASSWORD: &str = "New password";
pub const CHANGE_PASSWORD: &str = "Change password";
pub const PASSWORD_HINT: &str = "At least 8 characters. It signs you out everywhere but here.";
pub const PASSWORD_CHANGED: &str = "Your password is changed. Your other devices are signed out.";
pub const NO_PASSWORD: &str = "You sign in without a password. To choose one, have a link sent to your address.";
pub const WRONG_CURRENT: &str = "The current password is wrong. Try again, or have it reset.";
pub const CHANGED_MEANWHILE: &str = "The password was changed meanwhile, on another device. Sign in with the new one.";
pub const BAD_THEME: &str = "This is none of the themes.";

pub const DEVICES: &str = "Devices";
pub const SIGNED_IN_ON: &str =
    "You are signed in on these devices. End what you do not know, and change your password then.";
pub const THIS_DEVICE: &str = "This device";
pub const END: &str = "End";
pub const END_OTHERS: &str = "End all others";
pub const SIGNED_IN: &str = "signed in";
pub const LAST_SEEN: &str = "last seen";
pub const WITH_PASSWORD: &str = "with a password";
pub const AT_PROVIDER: &str = "at the sign-in provider";
pub const BY_LINK: &str = "by a link";
pub const NO_SIGN_IN: &str = "This server has no sign-in, and so no devices.";
pub const UNKNOWN_BROWSER: &str = "Unknown browser";

/// A device, by its browser and its system.
#[must_use]
pub fn device(browser: &str, system: &str) -> String {
    format!("{browser} on {system}")
}

/// The button that ends a device.
#[must_use]
pub fn end(device: &str) -> String {
    format!("End {device}")
}

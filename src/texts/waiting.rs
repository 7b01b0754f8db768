//! Replies that wait for their provider.

/// Where one stands in line.
#[must_use]
pub fn place(place: u64) -> String {
    format!("Waiting for the provider: place {place} in line.")
}

/// When the provider is asked again; that it is being asked with 0.
#[must_use]
pub fn again(seconds: u64) -> String {
    match seconds {
        0 => "It is asked again just now.".to_owned(),
        seconds => format!("It takes no more for now, and will be asked again in about {seconds} seconds."),
    }
}

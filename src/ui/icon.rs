//! Icons: one path each on a grid of 20, drawn in the colour of the text around them.

use leptos::prelude::*;

macro_rules! icons {
    ($($(#[$doc:meta])* $name:ident = $path:literal,)*) => {
        /// Which icon.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Shape { $($(#[$doc])* $name,)* }

        impl Shape {
            fn path(self) -> &'static str {
                match self { $(Self::$name => $path,)* }
            }
        }
    };
}

icons! {
    /// A cross: close.
    Close = "m5 5 10 10M15 5 5 15",
    /// A plus: new.
    Plus = "M10 4v12M4 10h12",
    /// A glass: search.
    Search = "M4 9a5 5 0 1 0 10 0a5 5 0 1 0-10 0M13 13l3.5 3.5",
    /// Two people: shared.
    People = "M5 6.5a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0M3 16a4.5 4.5 0 0 1 9 0M12.5 4.3a2.5 2.5 0 0 1 0 4.4M14 11.8a4.5 4.5 0 0 1 3 4.2",
    /// Three dots: more.
    More = "M4.5 10h1M9.5 10h1M14.5 10h1",
    /// A pen: edit.
    Pen = "m12.5 4.5 3 3L7 16H4v-3z",
    /// A box: put away.
    Archive = "M3.5 4.5h13v3h-13zM5 7.5v8h10v-8M8.5 10.5h3",
    /// A bin: delete.
    Bin = "M4 6h12M8 6V4h4v2M5.5 6l.7 10h7.6l.7-10M8.5 9v4M11.5 9v4",
    /// A screen: as the system does.
    Screen = "M4.5 4h11a1.5 1.5 0 0 1 1.5 1.5v6.5a1.5 1.5 0 0 1-1.5 1.5h-11a1.5 1.5 0 0 1-1.5-1.5v-6.5a1.5 1.5 0 0 1 1.5-1.5zM7.5 16.5h5",
    /// A sun: light.
    Sun = "M6.75 10a3.25 3.25 0 1 0 6.5 0a3.25 3.25 0 1 0-6.5 0M10 2.5V4M10 16v1.5M2.5 10H4M16 10h1.5M4.7 4.7l1 1M14.3 14.3l1 1M15.3 4.7l-1 1M5.7 14.3l-1 1",
    /// A moon: dark.
    Moon = "M16 11.7A6.5 6.5 0 0 1 8.3 4a6.5 6.5 0 1 0 7.7 7.7z",
    /// A keyboard.
    Keyboard = "M4 5h12a1.5 1.5 0 0 1 1.5 1.5v7a1.5 1.5 0 0 1-1.5 1.5h-12a1.5 1.5 0 0 1-1.5-1.5v-7a1.5 1.5 0 0 1 1.5-1.5zM6 8.5h.01M10 8.5h.01M14 8.5h.01M7 12h6",
    /// Two sliders: settings.
    Sliders = "M3.5 6.5h7M14.5 6.5h2M10.5 6.5a2 2 0 1 0 4 0a2 2 0 1 0-4 0M3.5 13.5h2M9.5 13.5h7M5.5 13.5a2 2 0 1 0 4 0a2 2 0 1 0-4 0",
    /// Lines: open the sidebar.
    Menu = "M3.5 6.5h13M3.5 13.5h9",
    /// A spanner: tools.
    Tools = "M12.5 3.6a4 4 0 0 0-4.7 5.3l-4.3 4.3a1.8 1.8 0 0 0 2.5 2.5l4.3-4.3a4 4 0 0 0 5.3-4.7l-2.3 2.3-2.4-.7-.7-2.4z",
    /// Two sheets: copy.
    Copy = "M7.5 7.5h8v8h-8zM12.5 7.5v-3h-8v8h3",
    /// A tick: done.
    Check = "m4.5 10.5 3.5 3.5 7.5-8",
    /// To the left.
    Left = "m12 5-5 5 5 5",
    /// To the right.
    Right = "m8 5 5 5-5 5",
    /// Two points, up and down: a menu.
    Unfold = "m6.5 8 3.5-3.5L13.5 8m0 4-3.5 3.5L6.5 12",
    /// To the bottom.
    Down = "M10 4v12m-5-5 5 5 5-5",
    /// A circle that begins again: regenerate.
    Again = "M15.5 10a5.5 5.5 0 1 1-1.7-4M15.5 3.5v3.2h-3.2",
    /// A triangle: go on.
    Play = "M6.5 4.5v11l9-5.5z",
    /// An arrow that turns back: restore.
    Back = "M4 9h8a4 4 0 0 1 0 8h-2M4 9l3.5-3.5M4 9l3.5 3.5",
}

/// An icon. It says nothing to a screen reader: the button around it has the name.
#[component]
pub fn Icon(
    /// Which one.
    shape: Shape,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 20 20" aria-hidden="true">
            <path d=shape.path()></path>
        </svg>
    }
}

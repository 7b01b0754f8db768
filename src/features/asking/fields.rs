//! The fields of how a model is asked, whichever it is.

use leptos::{ev::Event, prelude::*};

use crate::{
    domain::{
        limits::SYSTEM_PROMPT_CHARS,
        settings::{DEFAULT_TEMPERATURE, Effort, Settings},
    },
    texts::asking as texts,
    ui::{area::at_first, handler::handler},
};

/// System prompt, temperature, number of tokens and, where the model may have it, reasoning effort. Where a field is empty
/// it shows what holds then.
pub(super) fn fields(
    own: Settings,
    otherwise: &Settings,
    thinks: Signal<bool>,
    // How many tokens the model may write that answers, where the field is empty.
    usual_tokens: Signal<u32>,
    // The form that they are a part of, if they stand outside of it.
    form: Option<&'static str>,
) -> AnyView {
    let Settings { system_prompt, temperature, max_tokens, effort, .. } = own;
    let usual_prompt = otherwise.system_prompt.clone().unwrap_or_else(|| texts::NO_SYSTEM_PROMPT.to_owned());
    let usual_temperature = otherwise.temperature.unwrap_or(DEFAULT_TEMPERATURE);
    let usual_temperature = Signal::stored(usual_temperature.to_string());
    let usual_tokens = Signal::derive(move || usual_tokens.get().to_string());
    view! {
        {prompt(system_prompt.unwrap_or_default(), usual_prompt, form)}
        <div class="pair">
            {number(
                Number { label: texts::TEMPERATURE, name: "temperature", hint: texts::temperature_hint(), mode: "decimal" },
                temperature.map(|number| number.to_string()),
                usual_temperature,
                form,
            )}
            {number(
                Number { label: texts::MAX_TOKENS, name: "max_tokens", hint: texts::max_tokens_hint(), mode: "numeric" },
                max_tokens.map(|number| number.to_string()),
                usual_tokens,
                form,
            )}
        </div>
        {efforts(effort, otherwise.effort, thinks, form)}
    }
    .into_any()
}

fn prompt(value: String, usual: String, form: Option<&'static str>) -> AnyView {
    let length = RwSignal::new(value.chars().count());
    let count = move |event: Event| length.set(event_target_value(&event).chars().count());
    view! {
        <label class="field">
            <span>{texts::SYSTEM_PROMPT}</span>
            <textarea
                name="system_prompt"
                rows="5"
                maxlength=SYSTEM_PROMPT_CHARS
                placeholder=usual
                autocomplete="off"
                aria-describedby="system-prompt-hint"
                form=form
                prop:defaultValue=value
                on:input=handler(count)
            >
                {at_first(&value)}
            </textarea>
        </label>
        <p class="field-hint" id="system-prompt-hint">
            {texts::SYSTEM_PROMPT_HINT}
            " "
            <span class="counter scripted">{move || texts::counted(length.get())}</span>
        </p>
    }
    .into_any()
}

/// A field for a number. It is checked by the server alone, with a sentence: a browser's own word about a field in a
/// closed panel would be seen by nobody, and nothing would be sent.
struct Number {
    label: &'static str,
    name: &'static str,
    hint: String,
    mode: &'static str,
}

fn number(number: Number, value: Option<String>, usual: Signal<String>, form: Option<&'static str>) -> AnyView {
    let Number { label, name, hint, mode } = number;
    let id = format!("{name}-hint");
    view! {
        <div class="numbered">
            <label class="field">
                <span>{label}</span>
                <input
                    name=name
                    inputmode=mode
                    value=value.unwrap_or_default()
                    placeholder=move || usual.get()
                    autocomplete="off"
                    aria-describedby=id.clone()
                    form=form
                />
            </label>
            <p class="field-hint" id=id>{hint}</p>
        </div>
    }
    .into_any()
}

fn efforts(own: Option<Effort>, usual: Option<Effort>, thinks: Signal<bool>, form: Option<&'static str>) -> AnyView {
    let options = Effort::ALL.iter().map(|&effort| {
        let selected = own == Some(effort);
        view! {
            <option value=effort.as_str() selected=selected>
                {texts::effort(effort)}
            </option>
        }
        .into_any()
    });
    // Hidden, not gone: what was chosen for a model that thinks is there again when it answers again.
    view! {
        <label class="field" hidden=move || !thinks.get()>
            <span>{texts::EFFORT}</span>
            <select name="effort" autocomplete="off" form=form>
                <option value="">{texts::usual_effort(usual)}</option>
                {options.collect_view()}
            </select>
        </label>
    }
    .into_any()
}

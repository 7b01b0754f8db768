//! Changes providers, and tries what is entered of them.

use leptos_axum::redirect;
use secrecy::SecretString;

use crate::{
    domain::{
        actor::Actor,
        error::AppError,
        id::ProviderId,
        limits::{KEY_CHARS, MODEL_CHARS, URL_CHARS},
        person::clean_name,
        provider::{Provider, ProviderDetails, TestedBy, TestedProvider, usual_name},
    },
    server::{
        error::wants_page,
        model::{ListError, ModelClient},
        providers::Listing,
        state::AppState,
        store::providers::NewProvider,
    },
    texts::providers as texts,
};

/// The page of all providers.
pub(super) const PROVIDERS: &str = "/workspace/providers";

/// What somebody entered.
pub(super) struct Entered {
    pub provider: ProviderId,
    pub name: Option<String>,
    pub base_url: String,
    pub key: Option<String>,
    pub model: Option<String>,
}

/// What somebody entered, checked.
struct Checked {
    name: String,
    base_url: String,
    key: Option<SecretString>,
    model: Option<String>,
}

impl Entered {
    fn checked(self, server: &AppState) -> Result<Checked, AppError> {
        if self.base_url.chars().count() > URL_CHARS {
            return Err(AppError::invalid(texts::address_unfit()));
        }
        let base_url = server.providers.checked_address(&self.base_url);
        let base_url = base_url.map_err(|bad| AppError::invalid(bad.to_string()))?;
        let name = filled(self.name).unwrap_or_else(|| usual_name(&base_url));
        let name = clean_name(&name).ok_or_else(|| AppError::invalid(texts::name_unfit()))?;
        let key = filled(self.key).map(|key| {
            let fits = key.len() <= KEY_CHARS && key.chars().all(|c| c.is_ascii_graphic());
            if fits { Ok(SecretString::from(key)) } else { Err(AppError::invalid(texts::key_unfit())) }
        });
        let model = filled(self.model).map(|model| {
            let fits = model.chars().count() <= MODEL_CHARS && !model.chars().any(char::is_control);
            if fits { Ok(model) } else { Err(AppError::invalid(texts::model_unfit())) }
        });
        Ok(Checked { name, base_url, key: key.transpose()?, model: model.transpose()? })
    }
}

fn filled(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

pub(super) async fn details(
    server: &AppState,
    actor: &Actor,
    provider: Option<ProviderId>,
) -> Result<ProviderDetails, AppError> {
    let (provider, models) = match provider {
        Some(provider) => server.store.provider(actor, provider).await?,
        None => (blank(), 0),
    };
    if !provider.is_set() {
        return Err(AppError::NotFound);
    }
    Ok(ProviderDetails { provider, workspace: actor.workspace, models, keeps_keys: server.providers.keeps_keys() })
}

fn blank() -> Provider {
    Provider {
        id: ProviderId::new(),
        name: String::new(),
        base_url: String::new(),
        has_key: false,
        of_operator: false,
        enabled: true,
        listed_at: None,
        problem: None,
    }
}

pub(super) async fn save(server: &AppState, actor: &Actor, entered: Entered) -> Result<(), AppError> {
    let id = entered.provider;
    let Checked { name, base_url, key, model } = entered.checked(server)?;
    let sealed_key = key.map(|key| {
        let sealed = server.providers.seal(id, &key).ok_or_else(|| AppError::invalid(texts::NO_MASTER_KEY))?;
        sealed.map_err(|error| {
            tracing::error!(%error, "a key could not be sealed");
            AppError::invalid(texts::NOT_SEALED)
        })
    });
    let provider = NewProvider { id, name, base_url, sealed_key: sealed_key.transpose()? };
    server.store.save_provider(actor, provider).await?;
    if let Some(model) = model {
        server.providers.keep_named_model(id, &model).await?;
    }
    server.providers.forget(Some(actor.workspace));
    Ok(())
}

/// Sends whoever saved a provider on to its page.
pub(super) fn show(provider: ProviderId) {
    redirect(&format!("{PROVIDERS}/{provider}"));
}

pub(super) async fn refresh(server: &AppState, provider: ProviderId) -> Result<u64, AppError> {
    match server.providers.refresh(provider).await? {
        Listing::Read(models) => Ok(models as u64),
        Listing::Problem(problem) => Err(AppError::invalid(problem)),
        Listing::Taken => Err(AppError::invalid(texts::BEING_LISTED)),
    }
}

/// A provider to be tried.
pub(super) struct Trial {
    client: ModelClient,
    /// The same without the key, if there is one: what it gets as well says nothing about the key.
    keyless: Option<ModelClient>,
    model: Option<String>,
    /// Where a plain form comes back to.
    page: String,
}

/// What is to be tried of what somebody entered.
pub(super) async fn trial(server: &AppState, actor: &Actor, entered: Entered) -> Result<Trial, AppError> {
    let id = entered.provider;
    let Checked { base_url, key, model, .. } = entered.checked(server)?;
    let key = match key {
        Some(key) => Some(key),
        // A key goes to no address but its own.
        None => {
            let sealed = server.store.sealed_key(actor, id, &base_url).await?;
            let opened = sealed.map(|sealed| server.providers.open(id, &sealed)).transpose();
            opened.map_err(|_| AppError::invalid(texts::KEY_LOST))?
        }
    };
    let asking = |key| server.providers.asking(&base_url, key).map_err(|bad| AppError::invalid(bad.to_string()));
    let keyless = key.as_ref().map(|_| asking(None)).transpose()?;
    let client = asking(key)?;
    let is_there = server.store.provider(actor, id).await.is_ok();
    let page = if is_there { format!("{PROVIDERS}/{id}") } else { format!("{PROVIDERS}/new") };
    Ok(Trial { client, keyless, model, page })
}

impl Trial {
    pub async fn run(self) -> Result<TestedProvider, AppError> {
        let tested = self.tried().await?;
        if wants_page() {
            let models = tested.models.map_or_else(|| "model".to_owned(), |models| models.to_string());
            redirect(&format!("{}?tested={models}&by={}", self.page, tested.by.as_str()));
        }
        Ok(tested)
    }

    async fn tried(&self) -> Result<TestedProvider, AppError> {
        let listed = match self.client.list_models().await {
            Ok(models) => models.len() as u64,
            Err(problem) => return self.tried_without_list(&problem).await,
        };
        let tested = |by| TestedProvider { models: Some(listed), by };
        let Some(keyless) = &self.keyless else { return Ok(tested(TestedBy::List)) };
        let open = match keyless.list_models().await {
            Err(problem) if problem.is_refusal() => return Ok(tested(TestedBy::List)),
            open => open,
        };
        if let Some(model) = &self.model {
            self.client.try_model(model).await.map_err(|problem| invalid(&problem))?;
            return Ok(tested(TestedBy::Model));
        }
        match self.client.try_key().await {
            Some(taken) => taken.map(|()| tested(TestedBy::Key)).map_err(|problem| invalid(&problem)),
            // Where it is not known whether everybody gets the list, the test has failed.
            None => open.map(|_| tested(TestedBy::OpenList)).map_err(|problem| invalid(&problem)),
        }
    }

    async fn tried_without_list(&self, problem: &ListError) -> Result<TestedProvider, AppError> {
        let lists_none = matches!(problem, ListError::NoSuchApi(_) | ListError::NoList);
        match &self.model {
            Some(model) if lists_none => {
                self.client.try_model(model).await.map_err(|problem| invalid(&problem))?;
                Ok(TestedProvider { models: None, by: TestedBy::Model })
            }
            None if lists_none => Err(AppError::invalid(texts::name_a_model(&problem.to_string()))),
            _ => Err(invalid(problem)),
        }
    }
}

fn invalid(problem: &ListError) -> AppError {
    AppError::invalid(problem.to_string())
}

//! What has to hold of a token, with tokens that no honest provider makes.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use openidconnect::{
    Audience, AuthUrl, ClientId, ClientSecret, EmptyAdditionalClaims, EmptyAdditionalProviderMetadata,
    EmptyExtraTokenFields, IssuerUrl, JsonWebKeyId, JsonWebKeySetUrl, PrivateSigningKey, StandardClaims,
    SubjectIdentifier,
    core::{
        CoreClient, CoreEdDsaPrivateSigningKey, CoreHmacKey, CoreIdTokenFields, CoreJsonWebKeySet,
        CoreProviderMetadata, CoreTokenType,
    },
};

use super::*;

const ISSUER: &str = "https://login.example.com";
const CLIENT: &str = "parlance";
const SECRET: &str = "a secret that the provider and this server know";
/// In microseconds since 1970 UTC.
const NOW: i64 = 1_800_000_000_000_000;
const HOUR: i64 = 60 * 60;

/// A key of the provider's, made of one byte.
fn key(seed: u8) -> CoreEdDsaPrivateSigningKey {
    // PKCS #8 around 32 bytes (RFC 8410, 7).
    let head = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
    let encoded = STANDARD.encode([&head[..], &[seed; 32]].concat());
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{encoded}\n-----END PRIVATE KEY-----\n");
    CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, Some(JsonWebKeyId::new(format!("key {seed}")))).unwrap()
}

/// A provider that publishes this key, and says that it signs with everything.
fn provider(key: &CoreEdDsaPrivateSigningKey) -> Provider {
    let metadata = CoreProviderMetadata::new(
        IssuerUrl::new(ISSUER.to_owned()).unwrap(),
        AuthUrl::new(format!("{ISSUER}/authorize")).unwrap(),
        JsonWebKeySetUrl::new(format!("{ISSUER}/keys")).unwrap(),
        Vec::new(),
        Vec::new(),
        vec![Algorithm::EdDsa, Algorithm::HmacSha256, Algorithm::None],
        EmptyAdditionalProviderMetadata {},
    );
    let metadata = metadata.set_jwks(CoreJsonWebKeySet::new(vec![key.as_verification_key()]));
    let secret = ClientSecret::new(SECRET.to_owned());
    CoreClient::from_provider_metadata(metadata, ClientId::new(CLIENT.to_owned()), Some(secret))
}

/// What an honest token says, issued so many seconds after now.
fn claims(issued: i64, audience: &str) -> CoreIdTokenClaims {
    let at = |seconds: i64| UNIX_EPOCH + Duration::from_micros((NOW + seconds * 1_000_000) as u64);
    CoreIdTokenClaims::new(
        IssuerUrl::new(ISSUER.to_owned()).unwrap(),
        vec![Audience::new(audience.to_owned())],
        at(issued + HOUR).into(),
        at(issued).into(),
        StandardClaims::new(SubjectIdentifier::new("ada".to_owned())),
        EmptyAdditionalClaims {},
    )
    .set_nonce(Some(Nonce::new("nonce".to_owned())))
}

fn honest() -> CoreIdTokenClaims {
    claims(0, CLIENT)
}

fn answer(token: Option<CoreIdToken>) -> CoreTokenResponse {
    let fields = CoreIdTokenFields::new(token, EmptyExtraTokenFields {});
    CoreTokenResponse::new(AccessToken::new("access".to_owned()), CoreTokenType::Bearer, fields)
}

fn signed(claims: CoreIdTokenClaims, key: &CoreEdDsaPrivateSigningKey, access: &str) -> CoreTokenResponse {
    let access = AccessToken::new(access.to_owned());
    answer(Some(CoreIdToken::new(claims, key, Algorithm::EdDsa, Some(&access), None).unwrap()))
}

fn outcome(answer: &CoreTokenResponse) -> Result<CoreIdTokenClaims, Unproven> {
    checked(&provider(&key(1)), answer, &Nonce::new("nonce".to_owned()), NOW)
}

#[track_caller]
fn is_refused(answer: &CoreTokenResponse, because: &str) {
    match outcome(answer) {
        Err(Unproven::Wrong(OidcError::Untrusted(text))) => assert!(text.contains(because), "{text}"),
        Err(_) => panic!("refused for another reason than {because}"),
        Ok(_) => panic!("taken in spite of {because}"),
    }
}

#[test]
fn a_token_of_the_provider_for_this_server_and_this_sign_in_says_who_it_is() {
    let claims = outcome(&signed(honest(), &key(1), "access")).ok().unwrap();
    assert_eq!(claims.subject().as_str(), "ada");
}

#[test]
fn a_token_for_somebody_else_or_another_sign_in_is_refused() {
    is_refused(&signed(claims(0, "another"), &key(1), "access"), "parlance");
    let two = honest().set_audiences([CLIENT, "another"].map(|name| Audience::new(name.to_owned())).into());
    is_refused(&signed(two, &key(1), "access"), "another");
    let issuer = IssuerUrl::new("https://evil.example".to_owned()).unwrap();
    is_refused(&signed(honest().set_issuer(issuer), &key(1), "access"), "evil.example");
    is_refused(&signed(honest().set_nonce(Some(Nonce::new("other".to_owned()))), &key(1), "access"), "nonce");
    is_refused(&signed(honest().set_nonce(None), &key(1), "access"), "nonce");
    is_refused(&signed(honest(), &key(1), "the access token of somebody else"), "access token");
    is_refused(&answer(None), "no ID token");
}

#[test]
fn a_token_is_of_now_and_a_clock_may_be_a_minute_off() {
    let issued = |seconds| signed(claims(seconds, CLIENT), &key(1), "access");
    assert!(outcome(&issued(-HOUR - 59)).is_ok() && outcome(&issued(59)).is_ok());
    is_refused(&issued(-HOUR - 61), "expired");
    is_refused(&issued(61), "in the future");
}

#[test]
fn only_the_providers_own_keys_sign() {
    // One that it does not publish may be new.
    assert!(matches!(outcome(&signed(honest(), &key(2), "access")), Err(Unproven::UnknownKey)));
    let shared = CoreHmacKey::new(SECRET);
    let token = CoreIdToken::new(honest(), &shared, Algorithm::HmacSha256, None, None).unwrap();
    is_refused(&answer(Some(token)), "Disallowed signature algorithm");
    let whole = signed(honest(), &key(1), "access").id_token().unwrap().to_string();
    let [head, payload, signature] = whole.split('.').collect::<Vec<_>>()[..] else { panic!("{whole}") };
    let unsigned = format!("{}.{payload}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#));
    is_refused(&answer(Some(unsigned.parse().unwrap())), "ignature");
    let other = signed(honest().set_subject(SubjectIdentifier::new("eve".to_owned())), &key(1), "access");
    let other = other.id_token().unwrap().to_string();
    let forged = format!("{head}.{}.{signature}", other.split('.').nth(1).unwrap());
    is_refused(&answer(Some(forged.parse().unwrap())), "Signature verification failed");
}

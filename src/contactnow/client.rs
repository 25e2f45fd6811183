//! The client: the policy API over HTTP.
//!
//! Owns which requests there are and how many at once. Must not know how an answer is spelled, nor
//! when to try again.

use std::fmt;

use chrono::TimeDelta;
use secrecy::SecretString;

use super::asked::Asked;
use super::error::{ApiError, ErrorKind};
use super::queue::Queue;
use super::settings::{ClientSettings, Credentials};
use super::token::{Keeper, Token};
use super::transport::{Request, Transport};
use super::wire::{Answer, Record, payload};
use super::writing::Writing;
use super::{PolicyApi, Update};
use crate::domain::Instant;
use crate::domain::action::Action;
use crate::domain::policy::{LivePolicy, Uid};

/// The API over HTTP. One for each account, shared by reference. Debug prints no secret.
pub struct Client {
    settings: ClientSettings,
    transport: Transport,
    keeper: Keeper,
    writing: Writing,
}

const POLICIES: &str = "tod_policy";

impl Client {
    /// Makes a client; asks nothing yet.
    ///
    /// # Errors
    /// Settings that cannot work, always of the kind `Setup`.
    pub fn new(settings: ClientSettings) -> Result<Client, ApiError> {
        settings.check()?;
        Ok(Client {
            transport: Transport::new(&settings)?,
            settings,
            keeper: Keeper::default(),
            writing: Writing::default(),
        })
    }

    /// Makes token and connection ready, so that a write at a boundary leaves at once.
    ///
    /// # Errors
    /// No good token.
    pub async fn warm_up(&self, now: Instant) -> Result<(), ApiError> {
        let asked = Asked::at(now);
        let validating = async {
            let token = self.token(None, asked).await?;
            // Asking opens a connection as well, but the kept token may come without any.
            match self.validate(&token, asked).await {
                Err(error) if self.renews(&error) => {
                    let token = self.token(Some(&token), asked).await?;
                    self.validate(&token, asked).await
                }
                result => result,
            }
        };
        validating.await.map_err(|error| self.explain(error))
    }

    /// Creates a policy and gives its id. Never sent twice: after an unclear failure (any kind but
    /// `Rejected`, `Refused`, `Authentication`, `Token` and `Setup`) read all and look for it.
    ///
    /// # Errors
    /// Anything but a complete and successful answer.
    pub async fn create(
        &self,
        description: &str,
        action: Action,
        now: Instant,
    ) -> Result<Uid, ApiError> {
        let record = Record {
            uid: None,
            description: description.to_owned(),
            default: action.to_string(),
        };
        let body = payload(self.settings.format, POLICIES, &[record])?;
        let call = Call::new(POLICIES, "create").body(&body);
        self.call(&call, now).await?.created()
    }

    /// How many rules of its own a policy has; its default decides only calls that none matches.
    ///
    /// # Errors
    /// Anything but a complete and successful answer.
    pub async fn tod_rules(&self, policy: Uid, now: Instant) -> Result<usize, ApiError> {
        let call = Call::new("tod_rules", "read").policy(Some(policy));
        Ok(self.call(&call, now).await?.rows()?.len())
    }

    /// The queues of the account.
    ///
    /// # Errors
    /// Anything but a complete and successful answer; not every account answers this method.
    pub async fn queues(&self, now: Instant) -> Result<Vec<Queue>, ApiError> {
        let call = Call::new("queues", "read");
        self.call(&call, now).await?.queues()
    }

    /// When the token that is kept expires; `None` where there is none, or nobody knows.
    pub fn token_expires(&self) -> Option<Instant> {
        self.keeper.expires()
    }

    /// When the API first gave the token that is kept.
    pub fn token_taken(&self) -> Option<Instant> {
        self.keeper.taken()
    }

    /// The server's clock less ours, by the last `Date` header that was seen; exact to a second or two.
    pub fn clock_difference(&self) -> Option<TimeDelta> {
        self.transport.clock_difference()
    }

    /// How many records go into one update.
    pub fn batch(&self) -> usize {
        self.settings.batch
    }

    /// How many requests go out at once.
    pub fn concurrency(&self) -> usize {
        self.settings.concurrency
    }

    /// Sends a request; where its token is refused, once more with a fresh one.
    async fn call(&self, call: &Call<'_>, now: Instant) -> Result<Answer, ApiError> {
        let asked = Asked::at(now);
        let sending = async {
            let token = self.token(None, asked).await?;
            match self.once(call, &token, asked).await {
                Err(error) if self.renews(&error) => {
                    let token = self.token(Some(&token), asked).await?;
                    self.once(call, &token, asked).await
                }
                result => result,
            }
        };
        sending.await.map_err(|error| self.explain(error))
    }

    async fn once(&self, call: &Call<'_>, token: &Token, asked: Asked) -> Result<Answer, ApiError> {
        let mut arguments = vec![
            ("method", call.method.to_owned()),
            ("action", call.action.to_owned()),
            ("raw", "1".to_owned()),
        ];
        arguments.extend(call.policy.map(|uid| ("policy", uid.to_string())));
        let request = Request {
            script: "database.php",
            arguments,
            secrets: vec![("token", &token.secret)],
            body: call.body,
        };
        self.transport.send(&request, asked).await
    }

    async fn token(&self, refused: Option<&Token>, asked: Asked) -> Result<Token, ApiError> {
        match &self.settings.credentials {
            Credentials::Token(secret) => Ok(Token {
                secret: secret.clone(),
                serial: 0,
            }),
            Credentials::Key { username, key } => {
                let ask = self.ask(username, key, asked);
                self.keeper.token(refused, || asked.now(), ask).await
            }
        }
    }

    async fn ask(
        &self,
        username: &str,
        key: &SecretString,
        asked: Asked,
    ) -> Result<(SecretString, Option<i64>), ApiError> {
        let mut arguments = vec![
            ("action", "get".to_owned()),
            ("username", username.to_owned()),
        ];
        if !self.settings.address.is_empty() {
            let texts: Vec<String> = self
                .settings
                .address
                .iter()
                .map(ToString::to_string)
                .collect();
            arguments.push(("address", texts.join(",")));
        }
        let request = Request {
            script: "token.php",
            arguments,
            secrets: vec![("password", key)],
            body: None,
        };
        self.transport.send(&request, asked).await?.token()
    }

    async fn validate(&self, token: &Token, asked: Asked) -> Result<(), ApiError> {
        let request = Request {
            script: "token.php",
            arguments: vec![("action", "validate".to_owned())],
            secrets: vec![("token", &token.secret)],
            body: None,
        };
        let expire = self.transport.send(&request, asked).await?.validated()?;
        self.keeper.note_expiry(token, expire, asked.now());
        Ok(())
    }

    /// Whether it says that the token was refused, and that token can be replaced.
    fn renews(&self, error: &ApiError) -> bool {
        error.kind == ErrorKind::Token && self.has_key()
    }

    fn has_key(&self) -> bool {
        matches!(self.settings.credentials, Credentials::Key { .. })
    }

    fn explain(&self, mut error: ApiError) -> ApiError {
        if error.kind == ErrorKind::Token {
            error.message.push_str(if self.has_key() {
                " (a fresh one too: look at the base URL, and at the address that tokens are bound to)"
            } else {
                " (it is a fixed one: put a new one into its file)"
            });
        }
        error
    }
}

impl PolicyApi for Client {
    async fn read(&self, which: Option<Uid>, now: Instant) -> Result<Vec<LivePolicy>, ApiError> {
        let call = Call::new(POLICIES, "read").policy(which);
        let answer = self.call(&call, now).await?;
        match which {
            None => answer.policies(),
            Some(uid) => Ok(answer.policy(uid)?.into_iter().collect()),
        }
    }

    /// More than a batch goes out as several requests, one after the other.
    async fn update(&self, updates: &[Update], now: Instant) -> Result<(), ApiError> {
        for batch in updates.chunks(self.settings.batch) {
            let records: Vec<Record> = batch.iter().map(Record::from).collect();
            let body = payload(self.settings.format, POLICIES, &records)?;
            let _claim = self.writing.claim(batch).await;
            let call = Call::new(POLICIES, "update").body(&body);
            self.call(&call, now).await?.written(batch.len())?;
        }
        Ok(())
    }

    fn clock_difference(&self) -> Option<TimeDelta> {
        Client::clock_difference(self)
    }

    fn token_expires(&self) -> Option<Instant> {
        Client::token_expires(self)
    }

    fn token_taken(&self) -> Option<Instant> {
        Client::token_taken(self)
    }
}

impl From<&Update> for Record {
    fn from(update: &Update) -> Record {
        Record {
            uid: Some(update.uid.to_string()),
            description: update.description.clone(),
            default: update.action.to_string(),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// What is asked of `database.php`.
struct Call<'a> {
    method: &'a str,
    action: &'a str,
    policy: Option<Uid>,
    body: Option<&'a str>,
}

impl<'a> Call<'a> {
    fn new(method: &'a str, action: &'a str) -> Call<'a> {
        Call {
            method,
            action,
            policy: None,
            body: None,
        }
    }

    fn policy(self, policy: Option<Uid>) -> Call<'a> {
        Call { policy, ..self }
    }

    fn body(self, body: &'a str) -> Call<'a> {
        Call {
            body: Some(body),
            ..self
        }
    }
}

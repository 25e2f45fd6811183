//! `[api]` and `[daemon]` with their defaults.

use std::path::PathBuf;
use std::time::Duration;

use super::Context;
use super::calendars::beside;
use super::schedules::report_cron;
use crate::config::forms::{ApiForm, DaemonForm};
use crate::config::settings::{ApiSettings, Credentials, DaemonSettings};
use crate::config::source::Spanned;
use crate::domain::action::Action;
use crate::domain::trigger::Trigger;

/// When the account is read for drift unless the file says otherwise.
const AUDIT: &str = "*/5 * * * *";

/// The settings of `[api]`; the outer `None` where they are wrong, which has been said.
pub fn settings(form: Option<&ApiForm>, context: &Context<'_>) -> Option<Option<ApiSettings>> {
    let Some(form) = form else { return Some(None) };
    let default = ApiSettings::new(credentials(form, context)?);
    let path = |text: &String| beside(context.path, text);
    let number = |given: Option<u64>| given.and_then(|n| usize::try_from(n).ok());
    Some(Some(ApiSettings {
        base_url: form.base_url.clone().unwrap_or(default.base_url),
        credentials: default.credentials,
        format: form.format.unwrap_or(default.format),
        campaign: form.campaign.clone(),
        address: form.address.clone(),
        ca_file: form.ca_file.as_ref().map(path),
        concurrency: number(form.concurrency).unwrap_or(default.concurrency),
        batch: number(form.batch).unwrap_or(default.batch),
        connect_timeout: form.connect_timeout.unwrap_or(default.connect_timeout),
        read_timeout: form.read_timeout.unwrap_or(default.read_timeout),
        timeout: form.timeout.unwrap_or(default.timeout),
    }))
}

fn credentials(form: &ApiForm, context: &Context<'_>) -> Option<Credentials> {
    let path = |file: &Spanned<String>| -> PathBuf { beside(context.path, &file.value) };
    let both = |first: &Spanned<String>, second: &Spanned<String>, message: &str, hint: &str| {
        let (first, second) = (first.span.min(second.span), first.span.max(second.span));
        let problem = context.problems.at(second, message);
        problem.also(first, "the other one").hint(hint).error();
    };
    match (&form.username, &form.password_file, &form.token_file) {
        (_, Some(password), Some(token)) => {
            let hint = "`password_file` is the key of `username`; `token_file` is a token that somebody else renews";
            let message = "either `password_file` or `token_file`, not both";
            both(password, token, message, hint);
            None
        }
        (Some(user), None, Some(token)) => {
            let message = "either `username` or `token_file`, not both";
            both(user, token, message, "a token needs no user name");
            None
        }
        (None, None, Some(token)) => Some(Credentials::Token {
            file: Some(path(token)),
        }),
        (Some(user), password, None) => Some(Credentials::Key {
            username: user.value.clone(),
            file: password.as_ref().map(path),
        }),
        (None, _, None) => {
            let problem = context.problems.at(form.place, "`[api]` needs `username`");
            let hint = "with the key in `password_file` or in $CREDENTIALS_DIRECTORY/api-key; or `token_file` for a fixed token";
            problem.hint(hint).error();
            None
        }
    }
}

/// The settings of `[daemon]`.
pub fn daemon(form: &DaemonForm, context: &Context<'_>) -> DaemonSettings {
    if let Some(audit) = &form.audit {
        // Read as any cron expression of the file; nothing is switched by it.
        if let Err(error) = Trigger::new(&audit.value, Action::Queue, 1) {
            report_cron(audit, &error, context);
        }
    }
    let audit = form.audit.as_ref().map(|audit| audit.value.clone());
    DaemonSettings {
        warm_up: form.warm_up.unwrap_or(Duration::from_secs(10)),
        keep: form.keep.unwrap_or(Duration::from_secs(400 * 86_400)),
        audit: audit.unwrap_or_else(|| AUDIT.to_owned()),
    }
}

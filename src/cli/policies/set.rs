//! `policies set`: one switch by hand, read back, and recorded as manual.
//!
//! What was settled is not touched: the schedule finds a change by another hand, which stands until
//! the next switch.

use std::io::Write;

use hyper::Method;

use super::target::{Target, target};
use super::{Desk, is_clear};
use crate::cli::args::SetArgs;
use crate::cli::context::{finish, now};
use crate::cli::{Exit, Failure, connect};
use crate::contactnow::{ApiError, ErrorKind, PolicyApi, Update};
use crate::domain::Instant;
use crate::domain::policy::{LivePolicy, OnDrift, Policy};
use crate::domain::timeline::Timeline;
use crate::engine::ManualSwitch;
use crate::service::control::client::{AskError, ask};
use crate::service::control::wire::ManualBody;
use crate::store::{Store, StoreError};

pub(super) async fn set(desk: &Desk<'_>, args: &SetArgs) -> Result<Exit, Failure> {
    let live = connect::read_all(&desk.client, &desk.place).await?;
    let target = target(desk, &args.policy, &live)?;
    let to = args.action;
    let mut out = desk.context.stdout();
    let name = target.title();
    let from = &target.live.default;
    if args.dry_run {
        let verb = if from.is(to) {
            "is already"
        } else {
            "would be switched to"
        };
        writeln!(out, "dry run: {name} is {from}; it {verb} {to}")?;
        return finish(out);
    }
    let sent = now();
    let tries = u32::from(!from.is(to));
    let result = if tries > 0 {
        switch(desk, args, &target.live, sent).await.map(Some)
    } else {
        Ok(None)
    };
    let made = manual(
        args,
        &target,
        sent,
        tries,
        result.as_ref().err().map(Miss::error),
    );
    record(desk, &made).await;
    match result {
        Ok(None) => {}
        Ok(Some(found)) => compare(desk, &target.live, &found),
        Err(Miss::NotDone(error)) => {
            let words = format!("{name} was not switched to {to}: {error}");
            return Err(Failure::new(words).at(&desk.place));
        }
        Err(Miss::Unread(error)) => {
            let words = format!("nobody knows whether {name} is {to} now: {error}");
            return Err(Failure::new(words)
                .at(&desk.place)
                .hint("it was sent once; `todswitch policies list` shows what came of it"));
        }
    }
    match tries {
        0 => writeln!(out, "{name} is {to} already")?,
        _ => writeln!(out, "{name}: {from} -> {to}, read back")?,
    }
    let exit = finish(out)?;
    if let Some(policy) = target.policy {
        foretell(desk, args, policy, &target.live);
    }
    Ok(exit)
}

/// A switch that is not known to be in place.
enum Miss {
    /// It is not.
    NotDone(ApiError),
    /// Nobody knows: it could not be read back.
    Unread(ApiError),
}

impl Miss {
    fn error(&self) -> &ApiError {
        match self {
            Miss::NotDone(error) | Miss::Unread(error) => error,
        }
    }
}

/// One write, and what was read back: an error only where it is not in place.
async fn switch(
    desk: &Desk<'_>,
    args: &SetArgs,
    live: &LivePolicy,
    sent: Instant,
) -> Result<LivePolicy, Miss> {
    let update = Update {
        uid: live.uid,
        description: live.description.clone(),
        action: args.action,
    };
    let written = desk.client.update(&[update], sent).await;
    let unread = |error: ApiError, words: String| {
        Err(Miss::Unread(ApiError {
            message: words,
            ..error
        }))
    };
    let found = match (
        connect::read_back(&desk.client, Some(live.uid)).await,
        &written,
    ) {
        (Ok(found), _) => found,
        (Err(_), Err(error)) if is_clear(error.kind) => return Err(Miss::NotDone(error.clone())),
        (Err(read), Err(error)) => {
            let words = format!("{error}; and it was not read back: {read}");
            return unread(error.clone(), words);
        }
        (Err(read), Ok(())) => {
            let words = format!("accepted, but not read back: {read}");
            return unread(read, words);
        }
    };
    let found = found.into_iter().next();
    match (found, written) {
        (Some(found), _) if found.default.is(args.action) => Ok(found),
        (_, Err(error)) => Err(Miss::NotDone(error)),
        (found, Ok(())) => {
            let found = found.map_or("nothing".to_owned(), |one| one.default.to_string());
            let words = format!("accepted, but {found} was read back");
            Err(Miss::NotDone(ApiError::new(ErrorKind::NotStored, words)))
        }
    }
}

/// The description goes out with every write, and must come back as it was.
fn compare(desk: &Desk<'_>, before: &LivePolicy, after: &LivePolicy) {
    let (before, after) = (&before.description, &after.description);
    if before != after {
        desk.context.warn(&format!(
            "the description was {before:?} and was read back as {after:?}: look at it in the \
             admin interface, and at `format` in the file"
        ));
    }
}

fn manual(
    args: &SetArgs,
    target: &Target<'_>,
    sent: Instant,
    tries: u32,
    error: Option<&ApiError>,
) -> ManualSwitch {
    let live = &target.live;
    let named = target.policy.map(|policy| policy.name.clone());
    ManualSwitch {
        policy: named.unwrap_or_else(|| live.description.clone()),
        uid: live.uid,
        from: live.default.to_string(),
        to: args.action,
        due: sent,
        settled: error.is_none().then(now),
        tries,
        error: error.map(|error| format!("{}: {error}", error.kind.as_str())),
        by: by_whom(),
    }
}

fn by_whom() -> String {
    let name = |variable| std::env::var(variable).ok();
    let user = name("SUDO_USER").or_else(|| name("USER"));
    match user.filter(|user| !user.is_empty()) {
        Some(user) => format!("by hand, {user}"),
        None => "by hand".to_owned(),
    }
}

/// Puts it into the history: by the daemon where one has the store.
async fn record(desk: &Desk<'_>, made: &ManualSwitch) {
    let context = desk.context;
    let store = Store::open(&context.places.state_dir, "todswitch policies set");
    let recorded = store.and_then(|mut store| {
        if let Some(path) = store.set_aside() {
            context.warn(&format!(
                "the store was torn or not ours: it is set aside as {}, and a new one is begun",
                path.display()
            ));
        }
        store.record(&made.row(&desk.config))
    });
    match recorded {
        Ok(_) => {}
        Err(StoreError::Held { by, .. }) => {
            let body = ManualBody::from(made);
            let socket = &context.places.socket;
            let told: Result<(), AskError> =
                ask(socket, Method::POST, "/manual", Some(&body)).await;
            if let Err(error) = told {
                context.warn(&format!("not recorded: {by} has the store, and {error}"));
            }
        }
        Err(error) => context.warn(&format!("not recorded: {error}")),
    }
}

/// What the schedule will do about it.
fn foretell(desk: &Desk<'_>, args: &SetArgs, policy: &Policy, live: &LivePolicy) {
    let context = desk.context;
    let mut holds = super::list::holds(context);
    let holds = holds.remove(&policy.name).unwrap_or_default();
    let timeline = Timeline::new(policy, holds);
    let wanted = timeline.state_at(context.now).action;
    if wanted == args.action {
        return;
    }
    let settled = Store::open_reader(&context.places.state_dir).and_then(|store| store.settled());
    let is_known = settled.is_ok_and(|settled| settled.contains_key(&live.uid));
    let schedule = policy.schedule.name();
    if !is_known {
        context.warn(&format!(
            "`todswitch run` never settled this policy: its first pass will set it to {wanted}, as \
             schedule `{schedule}` says"
        ));
    } else if policy.on_drift == OnDrift::Restore {
        context.warn(&format!(
            "schedule `{schedule}` says {wanted}, and on_drift = \"restore\" will put it back"
        ));
    } else {
        let until = timeline.next_change(context.now).map(|change| {
            let at = policy.schedule.zone().local(change.at);
            format!(" until {}", at.format("%a %-d %b %Y %H:%M %:z"))
        });
        let until = until.unwrap_or_default();
        context.note(&format!(
            "schedule `{schedule}` says {wanted}; what was set stands{until}"
        ));
    }
}

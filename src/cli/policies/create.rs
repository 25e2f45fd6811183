//! `policies create`: one policy, once. Never sent twice, as the API has no way to delete one.

use std::collections::BTreeSet;
use std::io::Write;

use super::{Desk, is_clear};
use crate::cli::args::CreateArgs;
use crate::cli::context::{finish, now};
use crate::cli::{Exit, Failure, connect};
use crate::contactnow::ApiError;
use crate::domain::policy::{LivePolicy, Uid};

pub(super) async fn create(desk: &Desk<'_>, args: &CreateArgs) -> Result<Exit, Failure> {
    let before = connect::read_all(&desk.client, &desk.place).await?;
    let there = alike(&before, &args.description);
    if !there.is_empty() && !args.allow_duplicate {
        let uids = list(there.iter().map(|policy| policy.uid));
        return Err(Failure::new(format!(
            "the account has a policy {:?} already: uid {uids}",
            args.description
        ))
        .at(&desk.place)
        .hint("--allow-duplicate creates another; it can never be deleted by the API"));
    }
    let created = (desk.client)
        .create(&args.description, args.default, now())
        .await;
    let uid = match created {
        Ok(uid) => uid,
        Err(error) if is_clear(error.kind) => {
            return Err(
                Failure::new(format!("the policy was not created: {error}")).at(&desk.place)
            );
        }
        Err(error) => look_for(desk, args, &before, &error).await?,
    };
    let mut out = desk.context.stdout();
    writeln!(out, "{uid}")?;
    let exit = finish(out)?;
    verify(desk, args, uid).await?;
    Ok(exit)
}

/// After an answer that is not clear: what the account has now that it had not before.
async fn look_for(
    desk: &Desk<'_>,
    args: &CreateArgs,
    before: &[LivePolicy],
    error: &ApiError,
) -> Result<Uid, Failure> {
    let unclear = |found: String| {
        Failure::new(format!("{found}: {error}"))
            .at(&desk.place)
            .hint("it was sent once, and may still come true; `todswitch policies list` shows it")
    };
    let after = match connect::read_back(&desk.client, None).await {
        Ok(after) => after,
        Err(unread) => {
            return Err(
                unclear("nobody knows whether the policy was created".to_owned())
                    .hint(format!("the account could not be read after it: {unread}")),
            );
        }
    };
    let known: BTreeSet<Uid> = before.iter().map(|policy| policy.uid).collect();
    let mut new = alike(&after, &args.description);
    new.retain(|policy| !known.contains(&policy.uid));
    match new.as_slice() {
        [policy] => {
            desk.context.note(&format!(
                "the answer was not clear ({error}), but the account has the policy now"
            ));
            Ok(policy.uid)
        }
        [] => Err(unclear(
            "the account has no such policy after a failure that was not clear".to_owned(),
        )),
        several => Err(unclear(format!(
            "{} policies of this description are new (uids {}), after a failure that was not clear",
            several.len(),
            list(several.iter().map(|policy| policy.uid))
        ))),
    }
}

/// It is not done until it was read back.
async fn verify(desk: &Desk<'_>, args: &CreateArgs, uid: Uid) -> Result<(), Failure> {
    let read = connect::read_back(&desk.client, Some(uid)).await;
    let found = read.map_err(|error| {
        Failure::new(format!("uid {uid} was created, but not read back: {error}")).at(&desk.place)
    })?;
    let wrong = match found.as_slice() {
        [one] if one.description.trim() != args.description => {
            format!("its description is {:?}", one.description)
        }
        [one] if !one.default.is(args.default) => format!("its default is {}", one.default),
        [_] => return Ok(()),
        _ => "it is not in the account".to_owned(),
    };
    Err(
        Failure::new(format!("uid {uid} was created, but {wrong} when read back"))
            .at(&desk.place)
            .expected(format!("{:?} with {}", args.description, args.default)),
    )
}

fn alike<'p>(policies: &'p [LivePolicy], description: &str) -> Vec<&'p LivePolicy> {
    let alike = policies
        .iter()
        .filter(|policy| policy.description.trim() == description);
    alike.collect()
}

fn list(uids: impl Iterator<Item = Uid>) -> String {
    let texts: Vec<String> = uids.map(|uid| uid.to_string()).collect();
    texts.join(", ")
}
